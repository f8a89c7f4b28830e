package org.ringwall.compiler.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Beginnings of strings, none of which begins with another, found without a branch. Each step hashes words of what all beginnings
 * that are left have in common, at least so many bytes as the shortest of them has, and leads to a record that says the same of the next step; the last
 * one leads to the only beginning that the string can have, which is compared as a whole. So nothing is found wrongly, whatever string it is.
 *
 * <p>First come rulers, with ones for the bits that are not compared, then records: a step's are the factors of its words, the last ones the beginning,
 * where the part of a ruler lies that fits it, and the class. Words are hashed as little-endian numbers in objects of either byte order.
 */
public final class StringHash implements DataTable {
    /** No longer strings are compared so. */
    public static final int MOST_WORDS = 16;

    /** In the place of where a ruler lies: the record is that of another step. */
    public static final int RARE = 0x8000;

    /** A class is a byte. */
    private static final int MOST_CLASSES = 0xfe;

    private static final int WORD = Long.BYTES;

    private final List<StringStep> steps;
    private final List<StringStep> rare;
    private final Map<Integer, Entry> found;
    private final int words;
    private final int whole;
    private final int classes;
    private final int entries;
    private final Cost cost;
    private final String symbol;

    /** A beginning, and the class of strings that begin so, counted from 0. Where a string must end, a NUL is its last byte. */
    public static final class Entry {
        private final byte[] text;
        private final int number;

        /** The first `length` of these bytes, at least one. */
        public Entry(byte[] text, int length, int number) {
            this.text = Arrays.copyOf(text, length);
            this.number = number;
        }

        /** How many bytes it has. */
        int length() {
            return text.length;
        }

        int number() {
            return number;
        }

        /** The first `length` bytes of the word at this place as a little-endian number. */
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
        this.rare = List.copyOf(found.rare());
        this.found = found.found();
        this.words = plan.words();
        this.whole = plan.whole();
        this.classes = classes;
        this.entries = plan.entries().size();
        this.cost = plan.cost();
        this.symbol = DataTable.symbol("beginnings", content(ByteOrder.LITTLE_ENDIAN));
    }

    /** The table of these, which are of so many classes; nothing if they are too many or too long, or would not cost less than this. */
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
                .filter(found -> found.rare().stream().allMatch(step -> step.size() <= plan.words()))
                .map(found -> new StringHash(plan, found, classes))
                .filter(table -> table.size() <= MOST_BYTES);
    }

    /** How many beginnings there are. */
    public int entries() {
        return entries;
    }

    /** How many classes they have, counted from 0. */
    public int classes() {
        return classes;
    }

    /** What finding costs. */
    public Cost cost() {
        return cost;
    }

    /** One after the other, at least one. */
    public List<StringStep> steps() {
        return steps;
    }

    /** What few strings go through behind all others, with records among those of the beginnings. */
    public List<StringStep> rare() {
        return rare;
    }

    /** How many words are compared. */
    public int words() {
        return words;
    }

    /** So many of them are compared whole. */
    public int wholeWords() {
        return whole;
    }

    /** How many low bits of the answer may be set: it is the class, and all ones where there is none. */
    public int resultBits() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(classes);
    }

    /** Whether there are several classes. */
    public boolean tellsClass() {
        return classes > 1;
    }

    /**
     * How many words a ruler has: zeros for the words of a beginning that are compared whole, the bits that are not compared of one that is in part, and ones for
     * those behind it. There is one for each number of bytes that the word may have.
     */
    private int ruler() {
        return Integer.highestOneBit(2 * 2 * (words - whole) - 1);
    }

    /** The mask of where the part of a ruler begins that fits a beginning. */
    public int rulerMask() {
        return (WORD * ruler() - 1) * WORD;
    }

    /** Where the part of a ruler begins that fits a beginning of so many bytes. */
    private int ruler(int length) {
        int partial = words - whole;
        return (length % WORD * ruler() + partial - (length / WORD - whole)) * WORD;
    }

    /** Where the records of the step begin, behind the first one, which the code has; those of the beginnings are the last ones. */
    public int offset(int step) {
        int offset = whole == words ? 0 : rulerMask() + WORD + (words - whole) * WORD;
        offset = (offset + SearchTree.LINE - 1) / SearchTree.LINE * SearchTree.LINE;
        for (int i = 1; i < step; i++) {
            offset += steps.get(i - 1).slots() * stride(i);
        }
        return offset;
    }

    /** How far a record of the step is from the next, a power of two. */
    public int stride(int step) {
        int size = step == steps.size() ? words + 1 : steps.get(step).size();
        return Integer.highestOneBit(2 * size - 1) * WORD;
    }

    /** Behind a beginning: where its ruler lies, and behind that its class. */
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
        for (StringStep step : rare) {
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

    /** The bytes of a little-endian number, which are those of a string in objects of either byte order. */
    private static void text(ByteBuffer bytes, int at, long word) {
        bytes.putLong(at, bytes.order() == ByteOrder.LITTLE_ENDIAN ? word : Long.reverseBytes(word));
    }
}
