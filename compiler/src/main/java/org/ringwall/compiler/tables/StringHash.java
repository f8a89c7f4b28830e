// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.tables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A branch-free search for the prefix that a string begins with, among prefixes none of which
 * begins with another. Each step hashes words of the remaining candidates, at most as many bytes as
 * the shortest of them has, and selects the record of the next step. The last step selects the only
 * remaining prefix, which is compared in whole, so there are no false matches.
 *
 * <p>The data begins with the rulers, masks with ones for the bits that are not compared, followed
 * by the records. The record of a step contains the factors of its words; the last records contain
 * the prefix, the offset of the matching part of a ruler, and the class. Words are hashed as
 * little-endian numbers in objects of either byte order.
 */
public final class StringHash implements DataTable {
    /** The maximum length of a prefix in words. */
    public static final int MOST_WORDS = 16;

    /** The value in place of a ruler's offset that marks the record of a further step. */
    public static final int RARE = 0x8000;

    /** The maximum number of classes, as a class is a byte. */
    private static final int MOST_CLASSES = 0xfe;

    private static final int WORD = Long.BYTES;

    private final List<StringStep> steps;
    private final List<StringStep> overflowSteps;
    private final Map<Integer, Entry> found;
    private final int words;
    private final int whole;
    private final int classes;
    private final int entries;
    private final Cost cost;
    private final String symbol;

    /**
     * A prefix, and the class of the strings that begin with it, counted from 0. If the string must
     * end there, its last byte is a NUL.
     */
    public static final class Entry {
        private final byte[] text;
        private final int number;

        /** Creates an entry of the first `length` of these bytes, at least one. */
        public Entry(byte[] text, int length, int number) {
            this.text = Arrays.copyOf(text, length);
            this.number = number;
        }

        /** Returns the number of bytes. */
        int length() {
            return text.length;
        }

        int number() {
            return number;
        }

        /**
         * Returns the word at this index of the first `length` bytes, as a little-endian number.
         */
        long word(int word, int length) {
            long value = 0;
            for (int i = word * WORD; i < Math.min(length, word * WORD + WORD); i++) {
                value |= (long) Byte.toUnsignedInt(text[i]) << (i - word * WORD) * Byte.SIZE;
            }
            return value;
        }
    }

    private StringHash(StringPlan plan, StringSteps.Found found, int classes) {
        this.steps = List.copyOf(found.steps());
        this.overflowSteps = List.copyOf(found.overflowSteps());
        this.found = found.found();
        this.words = plan.words();
        this.whole = plan.whole();
        this.classes = classes;
        this.entries = plan.entries().size();
        this.cost = plan.cost();
        this.symbol = DataTable.symbol("beginnings", content(ByteOrder.LITTLE_ENDIAN));
    }

    /**
     * Returns the table of these prefixes with this many classes; empty if they are too many or too
     * long, or if the table would not cost less than `than`.
     */
    public static Optional<StringHash> of(List<Entry> entries, int classes, Cost than) {
        boolean longer = entries.stream().anyMatch(entry -> entry.length() > MOST_WORDS * WORD);
        if (longer || classes > MOST_CLASSES) {
            return Optional.empty();
        }
        return StringPlan.of(entries)
                .filter(plan -> plan.cost().compareTo(than) < 0)
                .flatMap(plan -> of(plan, classes));
    }

    private static Optional<StringHash> of(StringPlan plan, int classes) {
        return StringSteps.of(plan)
                .filter(found -> found.overflowSteps().stream().allMatch(step -> step.size() <= plan.words()))
                .map(found -> new StringHash(plan, found, classes))
                .filter(table -> table.size() <= MOST_BYTES);
    }

    /** Returns the number of prefixes. */
    public int entries() {
        return entries;
    }

    /** Returns the number of classes. */
    public int classes() {
        return classes;
    }

    /** Returns the cost of a search. */
    public Cost cost() {
        return cost;
    }

    /** Returns the consecutive steps, at least one. */
    public List<StringStep> steps() {
        return steps;
    }

    /**
     * Returns the further steps that only few strings reach; their records are among those of the
     * prefixes.
     */
    public List<StringStep> overflowSteps() {
        return overflowSteps;
    }

    /** Returns the number of words that are compared. */
    public int words() {
        return words;
    }

    /** Returns the number of leading words that are compared in whole. */
    public int wholeWords() {
        return whole;
    }

    /**
     * Returns the number of low bits of the result that may be set. The result is the class, or all
     * ones if there is none.
     */
    public int resultBits() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(classes);
    }

    /** Whether there are several classes. */
    public boolean tellsClass() {
        return classes > 1;
    }

    /**
     * Returns the number of words of a ruler: zeros for words that are compared in whole, a mask
     * for a word that is compared in part, and ones for the words after it. There is a ruler for
     * each number of bytes in the partial word.
     */
    private int ruler() {
        return Integer.highestOneBit(2 * 2 * (words - whole) - 1);
    }

    /** Returns the mask of the offset of a ruler's part. */
    public int rulerMask() {
        return (WORD * ruler() - 1) * WORD;
    }

    /** Returns the offset of the ruler's part that fits a prefix of this many bytes. */
    private int ruler(int length) {
        int partial = words - whole;
        return (length % WORD * ruler() + partial - (length / WORD - whole)) * WORD;
    }

    /**
     * Returns the offset of the records of the step. The first step's record is in the code; the
     * records of the prefixes are the last ones.
     */
    public int offset(int step) {
        int offset = whole == words ? 0 : rulerMask() + WORD + (words - whole) * WORD;
        offset = (offset + SearchTree.LINE - 1) / SearchTree.LINE * SearchTree.LINE;
        for (int i = 1; i < step; i++) {
            offset += steps.get(i - 1).slots() * stride(i);
        }
        return offset;
    }

    /** Returns the distance between records of the step in bytes, a power of two. */
    public int stride(int step) {
        int size = step == steps.size() ? words + 1 : steps.get(step).size();
        return Integer.highestOneBit(2 * size - 1) * WORD;
    }

    /** Returns the offset in a prefix's record of the ruler's offset, which precedes the class. */
    public int behind() {
        return words * WORD;
    }

    private int size() {
        return offset(steps.size() + 1);
    }

    @Override
    public String symbol() {
        return symbol;
    }

    @Override
    public int alignment() {
        return SearchTree.LINE;
    }

    @Override
    public byte[] content(ByteOrder order) {
        ByteBuffer bytes = ByteBuffer.allocate(size()).order(order);
        for (int rest = 0; rest < WORD && whole < words; rest++) {
            int partial = words - whole;
            for (int word = partial; word < ruler(); word++) {
                text(bytes, (rest * ruler() + word) * WORD, word == partial ? -1L << rest * Byte.SIZE : -1);
            }
        }
        for (int step = 1; step < steps.size(); step++) {
            for (StringStep.Record record : steps.get(step).records()) {
                record(bytes, offset(step) + record.slot() * stride(step), steps.get(step), record);
            }
        }
        int last = offset(steps.size());
        int stride = stride(steps.size());
        Entry any = found.values().iterator().next();
        for (int slot = 0; slot < steps.get(steps.size() - 1).slots(); slot++) {
            entry(bytes, last + slot * stride, found.getOrDefault(slot, any));
        }
        for (StringStep step : overflowSteps) {
            for (StringStep.Record record : step.records()) {
                record(bytes, last + record.slot() * stride, step, record);
                bytes.putShort(last + record.slot() * stride + behind(), (short) RARE);
            }
        }
        return bytes.array();
    }

    private static void record(ByteBuffer bytes, int at, StringStep step, StringStep.Record record) {
        for (int i = 0; i < record.factors().size(); i++) {
            bytes.putLong(at + i * WORD, record.factors().get(i));
        }
        if (step.seeded()) {
            bytes.putLong(at + record.factors().size() * WORD, record.seed());
        }
    }

    private void entry(ByteBuffer bytes, int at, Entry entry) {
        int length = entry.length();
        for (int word = 0; word < words; word++) {
            long ones = (word + 1) * WORD <= length ? 0 : -1L << Math.max(0, length - word * WORD) * Byte.SIZE;
            text(bytes, at + word * WORD, entry.word(word, length) | ones);
        }
        bytes.putShort(at + behind(), (short) (whole < words ? ruler(length) : 0));
        bytes.put(at + behind() + Short.BYTES, (byte) entry.number());
    }

    /**
     * Writes a little-endian number with the bytes of the string, in objects of either byte order.
     */
    private static void text(ByteBuffer bytes, int at, long word) {
        bytes.putLong(at, bytes.order() == ByteOrder.LITTLE_ENDIAN ? word : Long.reverseBytes(word));
    }
}
