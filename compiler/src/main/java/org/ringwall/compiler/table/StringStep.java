package org.ringwall.compiler.table;

import java.util.List;

/**
 * One step of a {@link StringHash}: where records lead that each hash the same words, but each with its own factor and no more bytes than all beginnings
 * have that can still be meant.
 *
 * @param words which words of the string, at least one
 * @param bits of the product that are the slot
 * @param records what leads on from here, by the slots of the step before; the first step has one
 */
public record StringStep(List<Integer> words, int bits, List<Record> records) {
    public StringStep {
        words = List.copyOf(words);
        records = List.copyOf(records);
    }

    /**
     * How the beginnings are told apart that are left in a slot.
     *
     * @param length of the shortest of them, in bytes
     * @param factor odd
     */
    public record Record(int slot, int length, long factor) {}

    /** Where records lead. */
    public int slots() {
        return 1 << bits;
    }

    /** The bits of the word at this place among those of the step that a record does not hash. */
    public long ones(int place, Record record) {
        return StringHash.ones(words.get(place), record.length());
    }

    /** The number that is hashed: the words added up, with ones behind the length. */
    static long number(StringHash.Entry entry, List<Integer> words, int length) {
        long number = 0;
        for (int word : words) {
            number += entry.word(word, length);
        }
        return number;
    }

    /** Where a number leads. */
    static int slot(long number, int bits, long factor) {
        return (int) (number * factor >>> Long.SIZE - bits);
    }
}
