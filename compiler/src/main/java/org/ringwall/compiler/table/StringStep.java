package org.ringwall.compiler.table;

import java.util.List;

/**
 * One step of a {@link StringHash}: where records lead that each hash the same words, but each with its own factors and no more bytes than all beginnings
 * have that can still be meant. Of a word as a little-endian number, the bytes that are not hashed are the upper ones. A factor with as many zeros at its end shifts
 * them out of the product.
 *
 * @param words which words of the string, at least one
 * @param bits of the sum of products that are the slot
 * @param seeded whether records have a number that is added: without it, those that hash nothing would all lead to one slot
 * @param records what leads on from here, by the slots of the step before; the first step has one
 */
public record StringStep(List<Integer> words, int bits, boolean seeded, List<Record> records) {
    public StringStep {
        words = List.copyOf(words);
        records = List.copyOf(records);
    }

    /**
     * How the beginnings are told apart that are left in a slot.
     *
     * @param factors one for each word
     * @param seed what is added to the products
     */
    public record Record(int slot, List<Long> factors, long seed) {
        public Record {
            factors = List.copyOf(factors);
        }
    }

    /** Where records lead. */
    public int slots() {
        return 1 << bits;
    }

    /** How many words a record has. */
    public int size() {
        return words.size() + (seeded ? 1 : 0);
    }

    /** A factor for those bytes of a word that lie before the length, from an odd number. */
    static long factor(long odd, int word, int length) {
        int bytes = Math.max(0, Math.min(Long.BYTES, length - word * Long.BYTES));
        return bytes == 0 ? 0 : odd << (Long.BYTES - bytes) * Byte.SIZE;
    }

    /** Where words lead, of which there are as many as factors. */
    static int slot(List<Long> words, int bits, List<Long> factors, long seed) {
        long sum = seed;
        for (int i = 0; i < words.size(); i++) {
            sum += words.get(i) * factors.get(i);
        }
        return (int) (sum >>> Long.SIZE - bits);
    }
}
