// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.util.List;

/**
 * One step of a {@link StringHash}. All of its records hash the same words, but each with its own
 * factors, and no more bytes than all of its remaining candidates have. Of a word as a
 * little-endian number, the bytes that are not hashed are the upper ones; a factor with as many
 * trailing zero bits shifts them out of the product.
 *
 * @param words the indices of the hashed words, at least one
 * @param bits the number of upper bits of the sum of products that are the slot
 * @param seeded whether records have a number that is added; without it, all records that hash
 *     nothing would lead to one slot
 * @param records the records, by the slots of the previous step; the first step has one
 */
public record StringStep(List<Integer> words, int bits, boolean seeded, List<Record> records) {
    public StringStep {
        words = List.copyOf(words);
        records = List.copyOf(records);
    }

    /**
     * The hash of the candidates of one slot.
     *
     * @param factors one for each word
     * @param seed the number that is added to the products
     */
    public record Record(int slot, List<Long> factors, long seed) {
        public Record {
            factors = List.copyOf(factors);
        }
    }

    /** Returns the number of slots. */
    public int slots() {
        return 1 << bits;
    }

    /** Returns the number of words of a record. */
    public int size() {
        return words.size() + (seeded ? 1 : 0);
    }

    /** Returns a factor for the bytes of a word before the length, from an odd number. */
    static long factor(long odd, int word, int length) {
        int bytes = Math.max(0, Math.min(Long.BYTES, length - word * Long.BYTES));
        return bytes == 0 ? 0 : odd << (Long.BYTES - bytes) * Byte.SIZE;
    }

    /** Returns the slot of the words, of which there are as many as factors. */
    static int slot(List<Long> words, int bits, List<Long> factors, long seed) {
        long sum = seed;
        for (int i = 0; i < words.size(); i++) {
            sum += words.get(i) * factors.get(i);
        }
        return (int) (sum >>> Long.SIZE - bits);
    }
}
