package org.ringwall.compiler.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.value.ByteString;

/**
 * Beginnings of strings, none of which begins with another, found without a branch. Each step hashes words of what all beginnings
 * that are left have in common, at least so many bytes as the shortest of them has, and leads to a record that says the same of the next step; the last
 * one leads to the only beginning that the string can have, which is compared as a whole. So nothing is found wrongly, whatever string it is.
 *
 * <p>A step's record has for each of its words the bits that are not hashed, and behind them the factor. The last record has the beginning, where the
 * bits that are not compared lie, and the class. Words are hashed as little-endian numbers in objects of either byte order.
 */
public final class StringHash implements DataTable {
    /** No longer strings are compared so. */
    public static final int MOST_WORDS = 16;

    /** In the place of where a row begins: what lies there is the record of another step. */
    public static final int RARE = 0x8000;

    private static final int WORD = Long.BYTES;

    private final List<Entry> entries;
    private final List<StringStep> steps;
    private final List<StringStep> rare;
    private final Map<Integer, Entry> found;
    private final int words;
    private final int whole;
    private final int classes;
    private final List<Integer> lengths;
    private final String symbol;

    /**
     * A beginning.
     *
     * @param text at least one byte; a NUL is its last one where the string ends there
     * @param number the class of strings that begin so, counted from 0
     */
    public record Entry(ByteString text, int number) {
        /** The word at this place as a little-endian number, with ones behind the first `length` bytes. */
        long word(int word, int length) {
            return word(text, word, length) | ones(word, length);
        }

        private static long word(ByteString text, int word, int length) {
            long value = 0;
            for (int i = word * WORD; i < Math.min(length, word * WORD + WORD); i++) {
                value |= (long) text.at(i) << (i - word * WORD) * Byte.SIZE;
            }
            return value;
        }
    }

    /** The bits of the word at this place that lie behind so many bytes. */
    static long ones(int word, int length) {
        int bytes = Math.max(0, Math.min(WORD, length - word * WORD));
        return bytes == WORD ? 0 : -1L << bytes * Byte.SIZE;
    }

    private StringHash(List<Entry> entries, StringSteps.Found found) {
        this.entries = entries;
        this.steps = List.copyOf(found.steps());
        this.rare = List.copyOf(found.rare());
        this.found = found.found();
        int longest = entries.stream().mapToInt(each -> each.text().size()).max().orElseThrow();
        int shortest = entries.stream().mapToInt(each -> each.text().size()).min().orElseThrow();
        this.words = (longest + WORD - 1) / WORD;
        this.whole = shortest / WORD;
        this.classes = entries.stream().mapToInt(Entry::number).max().orElseThrow() + 1;
        this.lengths = entries.stream()
                .map(each -> each.text().size())
                .distinct()
                .sorted()
                .toList();
        this.symbol = DataTable.symbol("beginnings", content(ByteOrder.LITTLE_ENDIAN));
    }

    /** The table of these; nothing if they are too many or too long. */
    public static Optional<StringHash> of(List<Entry> entries) {
        boolean longer = entries.stream().anyMatch(each -> each.text().size() > MOST_WORDS * WORD);
        boolean many = entries.stream().anyMatch(each -> each.number() > 0xfe);
        return longer || many
                ? Optional.empty()
                : StringSteps.of(entries)
                        .map(steps -> new StringHash(List.copyOf(entries), steps))
                        .filter(table -> table.size() <= MOST_BYTES && table.rareFits());
    }

    /** How many beginnings there are. */
    public int entries() {
        return entries.size();
    }

    /** One after the other, at least one. */
    public List<StringStep> steps() {
        return steps;
    }

    /** What few strings go through behind all others, with records among those of the beginnings. */
    public List<StringStep> rare() {
        return rare;
    }

    private boolean rareFits() {
        return rare.stream().allMatch(step -> step.words().size() < words);
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

    /** Whether the class of a beginning is more than 0 somewhere. */
    public boolean tellsClass() {
        return classes > 1;
    }

    /** How far a row of bits that are not compared is from the next, a power of two. */
    public int rowStride() {
        return Math.max(1, Integer.highestOneBit(Math.max(1, (words - whole) * WORD * 2 - 1)));
    }

    /** The mask of where a row begins. */
    public int rowMask() {
        return (Math.max(1, Integer.highestOneBit(lengths.size() * 2 - 1)) - 1) * rowStride();
    }

    /** Where the records of the step begin, behind the first one, which the code has; those of the beginnings are the last ones. */
    public int offset(int step) {
        int offset = whole == words ? 0 : rowMask() + rowStride();
        for (int i = 1; i < step; i++) {
            offset += steps.get(i - 1).slots() * stride(i);
        }
        return offset;
    }

    /** How far a record of the step is from the next, a power of two. */
    public int stride(int step) {
        int size = ((step == steps.size() ? words : steps.get(step).words().size()) + 1) * WORD;
        return Integer.highestOneBit(2 * size - 1);
    }

    /** Behind a beginning: where its row begins, and behind that its class. */
    public int behind() {
        return words * WORD;
    }

    private int size() {
        return offset(steps.size() + 1);
    }

    /** What finding costs. */
    public Cost cost() {
        int hashed = steps.stream().mapToInt(step -> step.words().size()).sum();
        int instructions = Costs.STRING_INSTRUCTIONS
                + steps.size() * Costs.STRING_STEP_INSTRUCTIONS
                + hashed * Costs.STRING_WORD_INSTRUCTIONS
                + whole * Costs.STRING_WHOLE_INSTRUCTIONS
                + (words - whole) * Costs.STRING_PART_INSTRUCTIONS;
        double nanoseconds = instructions * Costs.STRAIGHT_NS + steps.size() * Costs.STRING_STEP_NS;
        return new Cost(instructions, nanoseconds + Costs.access(size()));
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
        for (int i = 0; i < lengths.size() && whole < words; i++) {
            for (int word = whole; word < words; word++) {
                text(bytes, i * rowStride() + (word - whole) * WORD, ones(word, lengths.get(i)));
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
        for (int i = 0; i < step.words().size(); i++) {
            text(bytes, at + i * WORD, step.ones(i, record));
        }
        bytes.putLong(at + step.words().size() * WORD, record.factor());
    }

    private void entry(ByteBuffer bytes, int at, Entry entry) {
        int length = entry.text().size();
        for (int word = 0; word < words; word++) {
            text(bytes, at + word * WORD, entry.word(word, length));
        }
        bytes.putShort(at + behind(), (short) (lengths.indexOf(length) * rowStride()));
        bytes.put(at + behind() + Short.BYTES, (byte) entry.number());
    }

    /** The bytes of a little-endian number, which are those of a string in objects of either byte order. */
    private static void text(ByteBuffer bytes, int at, long word) {
        bytes.putLong(at, bytes.order() == ByteOrder.LITTLE_ENDIAN ? word : Long.reverseBytes(word));
    }
}
