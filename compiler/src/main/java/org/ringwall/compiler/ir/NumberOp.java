// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.tables.DataTable;
import org.ringwall.compiler.tables.LookupTable;
import org.ringwall.compiler.tables.RuleRows;

/** An operation that computes a number from numbers, of which it has one unless it says so. */
public sealed interface NumberOp extends Op {
    @Override
    default List<Integer> operands() {
        return List.of(1);
    }

    @Override
    default boolean computes() {
        return true;
    }

    /** Returns the printed form of a number. */
    static String hex(long number) {
        return "0x" + Long.toHexString(number);
    }

    /** The operator of an {@link Alu} operation. */
    enum Operator {
        /** With a number: one that has no bit above the low 32. */
        AND("&"),
        /** The number is 1 to 2^31 - 1. */
        SUB("-"),
        /** The number is 1 to 63. */
        SHL("<<"),
        /** Logical. The number is 1 to 63. */
        SHR(">>");

        private final String symbol;

        Operator(String symbol) {
            this.symbol = symbol;
        }

        /** Returns the operator of the printed form. */
        public String symbol() {
            return symbol;
        }

        private boolean takes(long number) {
            return switch (this) {
                case AND -> number > 0 && number >>> Integer.SIZE == 0;
                case SUB -> number > 0 && number <= Integer.MAX_VALUE;
                case SHL, SHR -> number > 0 && number < Long.SIZE;
            };
        }
    }

    /** `result = left op right`, 64 bits. The right side is a number or the second operand. */
    record Alu(Operator op, OptionalLong number) implements NumberOp {
        public Alu {
            if (number.isPresent() ? !op.takes(number.getAsLong()) : op != Operator.AND) {
                throw new IllegalArgumentException(op + " " + number);
            }
        }

        /** Returns the operation that keeps the bits which both operands have. */
        public static Alu and() {
            return new Alu(Operator.AND, OptionalLong.empty());
        }

        /** Returns the operation that keeps the bits of the mask. */
        public static Alu and(long mask) {
            return new Alu(Operator.AND, OptionalLong.of(mask));
        }

        /** Returns the operation that keeps the low bits. */
        public static Alu low(int bits) {
            return and(Bits.max(bits));
        }

        /** Returns the operation that shifts to the left. */
        public static Alu shl(int by) {
            return new Alu(Operator.SHL, OptionalLong.of(by));
        }

        /** Returns the operation that shifts to the right, logically. */
        public static Alu shr(int by) {
            return new Alu(Operator.SHR, OptionalLong.of(by));
        }

        /** Returns the operation that subtracts. */
        public static Alu sub(long number) {
            return new Alu(Operator.SUB, OptionalLong.of(number));
        }

        /** Whether this is the operator with a number on its right side. */
        public boolean is(Operator operator) {
            return op == operator && number.isPresent();
        }

        /** Whether this keeps the low bits. */
        public boolean isLow(int bits) {
            return equals(low(bits));
        }

        /** Whether this keeps low bits, as many as the mask has. */
        public boolean isLow() {
            return is(Operator.AND) && (right() & right() + 1) == 0;
        }

        /** Returns the number on the right side. There must be one. */
        public long right() {
            return number.orElseThrow();
        }

        @Override
        public List<Integer> operands() {
            return List.of(number.isPresent() ? 1 : 2);
        }

        @Override
        public int bits(List<Integer> operands) {
            int left = operands.get(0);
            return switch (op) {
                case AND ->
                    Math.min(
                            left,
                            number.isPresent() ? Long.SIZE - Long.numberOfLeadingZeros(right()) : operands.get(1));
                case SUB, SHL -> Long.SIZE;
                case SHR -> (int) Math.max(1, left - right());
            };
        }

        @Override
        public boolean computes() {
            return number.isPresent();
        }

        @Override
        public String text(List<Value> operands) {
            String right = number.isEmpty()
                    ? operands.get(1).toString()
                    : op == Operator.SHL || op == Operator.SHR ? Long.toString(right()) : hex(right());
            return operands.get(0) + " " + op.symbol() + " " + right;
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.alu(this, in);
        }
    }

    /** {@code result = high << by | low}, where `by` is 1 to 32. No bit is set in both operands. */
    record Join(int by) implements NumberOp {
        public Join {
            if (by < 1 || by > 32) {
                throw new IllegalArgumentException("joined by " + by);
            }
        }

        @Override
        public List<Integer> operands() {
            return List.of(2);
        }

        @Override
        public int bits(List<Integer> operands) {
            return Math.max(by + operands.get(0), operands.get(1));
        }

        @Override
        public String text(List<Value> operands) {
            return (by == 32 ? "join " : "join" + by + " ") + operands.get(0) + " " + operands.get(1);
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.join(this, in);
        }
    }

    /** {@code result = of & -of}: the lowest set bit. */
    record Lowest() implements NumberOp {
        @Override
        public boolean computes() {
            return false;
        }

        @Override
        public int bits(List<Integer> operands) {
            return operands.get(0);
        }

        @Override
        public String text(List<Value> operands) {
            return "lowest " + operands.get(0);
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.lowest(this, in);
        }
    }

    /** `result` is the low 16 or 32 bits of the operand, converted from host to network order. */
    record NetworkOrder(int bits) implements NumberOp {
        public NetworkOrder {
            if (bits != 16 && bits != 32) {
                throw new IllegalArgumentException("network order of " + bits + " bits");
            }
        }

        @Override
        public int bits(List<Integer> operands) {
            return bits;
        }

        @Override
        public String text(List<Value> operands) {
            return "be" + bits + " " + operands.get(0);
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.networkOrder(this, in);
        }
    }

    /**
     * `result` is the low byte of the first operand, a protocol, if the second is
     * {@link SocketType#RAW}, else all of it.
     */
    record WireProtocol() implements NumberOp {
        @Override
        public List<Integer> operands() {
            return List.of(2);
        }

        @Override
        public int bits(List<Integer> operands) {
            return operands.get(0);
        }

        @Override
        public String text(List<Value> operands) {
            return "wire " + operands.get(0) + " of type " + operands.get(1);
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.wireProtocol(this, in);
        }
    }

    /**
     * The product of all `number ^ point`, each of at most 32 bits; they have fewer than 64 bits
     * together. It is 0 if the number is a point.
     *
     * @param tested whether `result` is 1 for a point and 0 otherwise, instead of the product
     */
    record Product(List<Long> points, boolean tested) implements NumberOp {
        public Product {
            points = List.copyOf(points);
            if (points.isEmpty()) {
                throw new IllegalArgumentException("a product without factors");
            }
        }

        @Override
        public int bits(List<Integer> operands) {
            return tested ? 1 : Long.SIZE;
        }

        @Override
        public boolean testsEquality() {
            return true;
        }

        @Override
        public String text(List<Value> operands) {
            return points.stream()
                    .map(NumberOp::hex)
                    .collect(Collectors.joining(", ", operands.get(0) + (tested ? " in { " : " off { "), " }"));
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.product(this, in);
        }
    }

    /** `result` is 1 if the 32-bit number is in one of the disjoint ranges, else 0. */
    record InRanges(List<Range> ranges) implements NumberOp {
        public InRanges {
            ranges = List.copyOf(ranges);
            if (ranges.isEmpty()) {
                throw new IllegalArgumentException("in no ranges");
            }
        }

        @Override
        public int bits(List<Integer> operands) {
            return 1;
        }

        @Override
        public String text(List<Value> operands) {
            return ranges.stream()
                    .map(range -> hex(range.low()) + ".." + hex(range.high()))
                    .collect(Collectors.joining(", ", operands.get(0) + " in [ ", " ]"));
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.inRanges(this, in);
        }
    }

    /** {@code result = mask >> index & 1}. The index must be less than 64. */
    record BitOf(long mask) implements NumberOp {
        @Override
        public int bits(List<Integer> operands) {
            return 1;
        }

        @Override
        public String text(List<Value> operands) {
            return "bit " + operands.get(0) + " of " + hex(mask);
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.bitOf(this, in);
        }
    }

    /** `result` is the class of the number in the table. */
    record LookUp(LookupTable table) implements NumberOp {
        @Override
        public int bits(List<Integer> operands) {
            return table.resultBits();
        }

        /** Comparing two tables takes too long. */
        @Override
        public boolean computes() {
            return false;
        }

        @Override
        public Optional<DataTable> readTable() {
            return Optional.of(table);
        }

        @Override
        public String text(List<Value> operands) {
            return "look up " + operands.get(0) + " in " + table.symbol();
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.lookUp(this, in);
        }
    }

    /** `result` is the address of a row of the table. The index is less than the number of rows. */
    record RowOf(RuleRows table) implements NumberOp {
        @Override
        public int bits(List<Integer> operands) {
            return Long.SIZE;
        }

        @Override
        public boolean computes() {
            return false;
        }

        @Override
        public Optional<DataTable> readTable() {
            return Optional.of(table);
        }

        @Override
        public String text(List<Value> operands) {
            return "row " + operands.get(0) + " of " + table.symbol();
        }

        @Override
        public <R> R accept(Visitor<R> visitor, Instruction in) {
            return visitor.rowOf(this, in);
        }
    }
}
