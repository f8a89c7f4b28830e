// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.Optional;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.value.Comparison;

/**
 * The targets of accesses to a device, which are the upper half of the word `access_type`, before
 * its kind in the lower half is tested.
 *
 * @param before accesses up to this one lead to `early`; less than 0 if none does
 * @param listed the target of accesses that listed devices allow
 * @param others the bits that no other access that leads to `listed` contains
 */
record DeviceAccess(Value word, long before, Optional<BlockId> early, BlockId listed, long others, BlockId rest) {
    /** The position of the access in `access_type`. */
    private static final int POSITION = 16;

    private static final long KINDS = (1L << POSITION) - 1;

    /** Returns the targets; empty unless the accesses to `listed` are all subsets of one. */
    static Optional<DeviceAccess> of(Value word, SwitchTargets ways) {
        BlockId rest = ways.last();
        BlockId listed = ways.at(ways.size() - 2).target();
        BlockId lowest = ways.at(0).target();
        int first = lowest.equals(listed) || lowest.equals(rest) ? 0 : 1;
        long before = first == 0 ? -1 : ways.at(0).high();
        long bits = 0;
        long count = before + 1;
        for (int i = 0; i + 1 < ways.size(); i++) {
            SwitchTargets.Way way = ways.at(i);
            boolean known =
                    i < first || way.target().equals(listed) || way.target().equals(rest);
            if (!known || way.high() >= Long.SIZE) {
                return Optional.empty();
            }
            for (long each = way.low(); each <= way.high() && !way.target().equals(rest); each++) {
                bits |= each;
                count += i < first ? 0 : 1;
            }
        }
        Optional<BlockId> early = first == 0 ? Optional.empty() : Optional.of(lowest);
        return count == 1L << Long.bitCount(bits)
                ? Optional.of(new DeviceAccess(word, before, early, listed, KINDS & ~bits, rest))
                : Optional.empty();
    }

    /** Leaves early. Returns the kind, with the accesses that no listed device allows above it. */
    Value add(Straight code) {
        early.ifPresent(target -> code.leave(Comparison.LE, word, before << POSITION | KINDS, target));
        return code.add(NumberOp.Alu.and(others << POSITION | KINDS), word);
    }
}
