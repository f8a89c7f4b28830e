// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.tables.DataTable;
import org.ringwall.compiler.tables.GlobTable;
import org.ringwall.compiler.tables.StringHash;
import org.ringwall.compiler.tables.StringTable;

/** An operation on the string buffer, the last bytes of the stack. */
public sealed interface StringOp extends Op {
    /** The size of a program's stack (MAX_BPF_STACK in include/linux/filter.h). */
    int MAX_SIZE = 512;

    /** Returns the size of the buffer in bytes. */
    int size();

    /**
     * `result = helper(…, string, size, …)` into the buffer. A negative errno is taken as unsigned.
     * The bytes after the NUL are unspecified.
     *
     * @param cleared leading bytes zeroed before the call: read after the NUL or required by it
     */
    record CallString(StringSource source, int size, int cleared) implements StringOp {
        public CallString {
            if (size <= 0 || size > MAX_SIZE || size % 8 != 0) {
                throw new IllegalArgumentException("a string buffer of " + size + " bytes");
            }
            if (cleared < 0 || cleared > size || cleared % 8 != 0) {
                throw new IllegalArgumentException(cleared + " cleared bytes of " + size);
            }
        }

        @Override
        public int bits(List<Integer> operands) {
            return Long.SIZE;
        }

        @Override
        public boolean acts() {
            return true;
        }

        @Override
        public String text(List<Value> operands) {
            return "string " + source.word() + " " + size + " cleared " + cleared;
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.callString(this, in);
        }
    }

    /**
     * Runs the automaton of `table` over the string from `row` and byte `from`, up to the NUL, the
     * last byte of the buffer or a final row. `result` is the row. Unless the NUL was reached,
     * {@link StringTable#cutBit} is set if the operand, a length, says that the string was
     * truncated.
     */
    record WalkString(StringTable table, int row, int size, int from) implements StringOp {
        public WalkString {
            if (from < 0 || from >= size) {
                throw new IllegalArgumentException("a walk from byte " + from);
            }
        }

        @Override
        public List<Integer> operands() {
            return List.of(1);
        }

        @Override
        public int bits(List<Integer> operands) {
            return Integer.SIZE;
        }

        @Override
        public Optional<DataTable> readTable() {
            return Optional.of(table);
        }

        @Override
        public String text(List<Value> operands) {
            return "walk %s string[%d]+%d by %s row 0x%x".formatted(operands.get(0), size, from, table.symbol(), row);
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.walkString(this, in);
        }
    }

    /**
     * Matches one word of globs, and adds its results to those in {@link StateFrame#MATCHED} and
     * {@link StateFrame#MAY_MATCH}, which the first word sets. The operand is the length that
     * {@link CallString} returned: if it says that no byte is known, every glob may match; if there
     * is no string, none does.
     *
     * @param bits the constants of the word
     * @param cut whether the string may be truncated, and always exists otherwise
     */
    record MatchGlobs(GlobTable table, GlobBits bits, int size, boolean cut, boolean first) implements StringOp {
        @Override
        public List<Integer> operands() {
            return List.of(1);
        }

        @Override
        public int bits(List<Integer> operands) {
            return Long.SIZE;
        }

        @Override
        public boolean acts() {
            return true;
        }

        @Override
        public Optional<DataTable> readTable() {
            return Optional.of(table);
        }

        @Override
        public String text(List<Value> operands) {
            return "globs %s string[%d] by %s %s%s"
                    .formatted(operands.get(0), size, table.symbol(), bits, first ? " first" : "");
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.matchGlobs(this, in);
        }
    }

    /**
     * The constants of a word of globs.
     *
     * @param start the bits before the first byte
     * @param last the last bit of each glob, set at the end of a string that matches
     * @param open the last bits of the globs that match whatever follows them
     * @param all for each glob, the sum of its bits but the last
     * @param shift the right shift of the last bits to their places in the results
     */
    record GlobBits(long start, long last, long open, long all, int shift) {
        @Override
        public String toString() {
            return "0x%x 0x%x 0x%x 0x%x >> %d".formatted(start, last, open, all, shift);
        }
    }

    /** `result` is the class of the entry that begins the string; all ones if none does. */
    record FindString(StringHash table, int size) implements StringOp {
        @Override
        public int bits(List<Integer> operands) {
            return table.resultBits();
        }

        @Override
        public Optional<DataTable> readTable() {
            return Optional.of(table);
        }

        @Override
        public String text(List<Value> operands) {
            return "find string[%d] in %s".formatted(size, table.symbol());
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.findString(this, in);
        }
    }

    /**
     * `result` is the index of the string's NUL, at `from` or later. Without an operand, the
     * length, the NUL is searched for. If the length says that the string was truncated, `result`
     * exceeds every index. Zeroes the `before` bytes below the buffer, which {@link ReadEnd} may
     * read.
     */
    record FindEnd(int size, int from, int before) implements StringOp {
        public FindEnd {
            if (from < 0 || from >= size || before < 0 || before % 8 != 0 || size + before > MAX_SIZE) {
                throw new IllegalArgumentException("an end from byte " + from + ", " + before + " before");
            }
        }

        @Override
        public List<Integer> operands() {
            return List.of(0, 1);
        }

        @Override
        public int bits(List<Integer> operands) {
            return Short.SIZE;
        }

        @Override
        public String text(List<Value> operands) {
            String length = operands.isEmpty() ? "" : operands.get(0) + " ";
            return "end %sstring[%d]+%d before %d".formatted(length, size, from, before);
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.findEnd(this, in);
        }
    }

    /** `result` is the index of the first such byte at `from` or later, `size` if there is none. */
    record FindByte(int value, int size, int from) implements StringOp {
        public FindByte {
            if (value < 1 || value > 255 || from < 0 || from >= size) {
                throw new IllegalArgumentException("byte " + value + " from " + from);
            }
        }

        @Override
        public int bits(List<Integer> operands) {
            return Short.SIZE;
        }

        @Override
        public String text(List<Value> operands) {
            return "byte 0x%x string[%d]+%d".formatted(value, size, from);
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.findByte(this, in);
        }
    }

    /**
     * {@code result = r10 + (end & -8)}: to the verifier a constant on each path of
     * {@link FindEnd}.
     */
    record EndPlace(int size) implements StringOp {
        @Override
        public List<Integer> operands() {
            return List.of(1);
        }

        @Override
        public int bits(List<Integer> operands) {
            return Long.SIZE;
        }

        @Override
        public String text(List<Value> operands) {
            return "end place " + operands.get(0) + " string[" + size + "]";
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.endPlace(this, in);
        }
    }

    /**
     * `result` is `bytes` bytes (1 to 4, or 8) that end `back` before the string's end. The
     * operands are {@link EndPlace} and {@code (end & 7) * 8}, the bits from the last word
     * boundary to the end.
     */
    record ReadEnd(int size, int back, int bytes) implements StringOp {
        public ReadEnd {
            if (back < 0 || back % 8 != 0 || bytes < 1 || bytes > 4 && bytes != 8) {
                throw new IllegalArgumentException(bytes + " bytes, " + back + " before the end");
            }
        }

        @Override
        public List<Integer> operands() {
            return List.of(2);
        }

        @Override
        public int bits(List<Integer> operands) {
            return bytes * Byte.SIZE;
        }

        @Override
        public String text(List<Value> operands) {
            return "le%d string[%d] %s %s back %d"
                    .formatted(bytes * Byte.SIZE, size, operands.get(0), operands.get(1), back);
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.readEnd(this, in);
        }
    }
}
