// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.bpf.insn.Reg;

/** An immutable set of registers, one bit each by number. */
public record RegSet(int bits) {
    /** The empty set. */
    public static final RegSet NONE = new RegSet(0);

    /** r1 to r5, which a call may read and clobbers. */
    public static final RegSet ARGUMENTS = arguments(5);

    public RegSet {
        if (bits < 0 || bits >= 1 << Reg.values().length) {
            throw new IllegalArgumentException("bits 0x" + Integer.toHexString(bits));
        }
    }

    /** Returns a set of these registers. */
    public static RegSet of(Reg... regs) {
        RegSet set = NONE;
        for (Reg reg : regs) {
            set = set.with(reg);
        }
        return set;
    }

    /** Returns the set of r1 up to r`count`, 0 to 5. */
    public static RegSet arguments(int count) {
        if (count < 0 || count > 5) {
            throw new IllegalArgumentException("a call has 0 to 5 arguments, not " + count);
        }
        return new RegSet((1 << count) - 1 << 1);
    }

    /** Returns whether `reg` is in the set. */
    public boolean contains(Reg reg) {
        return (bits & 1 << reg.number()) != 0;
    }

    /** Returns the set with `reg`. */
    public RegSet with(Reg reg) {
        return new RegSet(bits | 1 << reg.number());
    }

    /** Returns the union of both sets. */
    public RegSet union(RegSet other) {
        return new RegSet(bits | other.bits);
    }

    /** Returns the set without the registers of the other. */
    public RegSet minus(RegSet other) {
        return new RegSet(bits & ~other.bits);
    }

    /** Returns the registers in ascending order. */
    public List<Reg> list() {
        List<Reg> regs = new ArrayList<>(Integer.bitCount(bits));
        for (int left = bits; left != 0; left &= left - 1) {
            regs.add(Reg.of(Integer.numberOfTrailingZeros(left)));
        }
        return Collections.unmodifiableList(regs);
    }

    @Override
    public String toString() {
        return list().stream().map(Reg::toString).collect(Collectors.joining(" ", "{", "}"));
    }
}
