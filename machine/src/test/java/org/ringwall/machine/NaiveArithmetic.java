// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.math.BigInteger;
import org.ringwall.bpf.insn.Insn.AluOp;
import org.ringwall.bpf.insn.Insn.JumpOp;
import org.ringwall.bpf.insn.Width;

/**
 * A second implementation of RFC 9669 sections 4.1 and 4.3, on unbounded integers and bit by bit,
 * which shares no code with the machine.
 */
final class NaiveArithmetic {
    private NaiveArithmetic() {}

    static long alu(AluOp op, Width width, long left, long right) {
        int bits = width.bits();
        BigInteger a = unsigned(left, bits);
        BigInteger b = unsigned(right, bits);
        BigInteger sa = signed(left, bits);
        BigInteger sb = signed(right, bits);
        int shift = b.mod(BigInteger.valueOf(bits)).intValue();
        BigInteger result = switch (op) {
            case ADD -> a.add(b);
            case SUB -> a.subtract(b);
            case MUL -> a.multiply(b);
            case DIV -> b.signum() == 0 ? BigInteger.ZERO : a.divide(b);
            case MOD -> b.signum() == 0 ? a : a.mod(b);
            case OR -> bitwise(a, b, bits, 0b1110);
            case AND -> bitwise(a, b, bits, 0b1000);
            case XOR -> bitwise(a, b, bits, 0b0110);
            case LSH -> a.multiply(BigInteger.TWO.pow(shift));
            case RSH -> a.divide(BigInteger.TWO.pow(shift));
            case ARSH -> floor(sa, BigInteger.TWO.pow(shift));
            case SDIV -> sb.signum() == 0 ? BigInteger.ZERO : sa.divide(sb);
            case SMOD -> sb.signum() == 0 ? sa : sa.subtract(sb.multiply(sa.divide(sb)));
        };
        return result.mod(BigInteger.TWO.pow(bits)).longValue();
    }

    static boolean holds(JumpOp op, Width width, long left, long right) {
        int bits = width.bits();
        int unsigned = unsigned(left, bits).compareTo(unsigned(right, bits));
        int signed = signed(left, bits).compareTo(signed(right, bits));
        return switch (op) {
            case EQ -> unsigned == 0;
            case NE -> unsigned != 0;
            case GT -> unsigned > 0;
            case GE -> unsigned >= 0;
            case LT -> unsigned < 0;
            case LE -> unsigned <= 0;
            case SGT -> signed > 0;
            case SGE -> signed >= 0;
            case SLT -> signed < 0;
            case SLE -> signed <= 0;
            case SET ->
                bitwise(unsigned(left, bits), unsigned(right, bits), bits, 0b1000)
                                .signum()
                        != 0;
        };
    }

    /**
     * Returns the bitwise operation of a truth table, whose bit `2 * a + b` is the result for two
     * bits.
     */
    private static BigInteger bitwise(BigInteger a, BigInteger b, int bits, int table) {
        BigInteger result = BigInteger.ZERO;
        for (int bit = 0; bit < bits; bit++) {
            int row = (a.testBit(bit) ? 2 : 0) + (b.testBit(bit) ? 1 : 0);
            result = (table >> row & 1) == 1 ? result.setBit(bit) : result;
        }
        return result;
    }

    private static BigInteger floor(BigInteger a, BigInteger b) {
        BigInteger[] parts = a.divideAndRemainder(b);
        return parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    private static BigInteger unsigned(long value, int bits) {
        return BigInteger.valueOf(value).mod(BigInteger.TWO.pow(bits));
    }

    private static BigInteger signed(long value, int bits) {
        BigInteger unsigned = unsigned(value, bits);
        return unsigned.testBit(bits - 1) ? unsigned.subtract(BigInteger.TWO.pow(bits)) : unsigned;
    }
}
