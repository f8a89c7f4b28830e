// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.Arrays;
import java.util.OptionalInt;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** The constants in r0 at each place, and on each edge of a jump. */
final class KnownReturnValues {
    private final Code code;
    private final Known[] before;

    /** The value of r0 on every path to a place, if known. */
    private record Known(boolean reached, OptionalInt number) {
        /** No path leads to the place. */
        static final Known UNREACHED = new Known(false, OptionalInt.empty());

        static final Known NOTHING = new Known(true, OptionalInt.empty());

        static Known of(OptionalInt number) {
            return new Known(true, number);
        }

        Known meet(Known other) {
            if (!reached || !other.reached) {
                return reached ? this : other;
            }
            return equals(other) ? this : NOTHING;
        }
    }

    /** Analyses the whole code. */
    KnownReturnValues(Code code) {
        this.code = code;
        this.before = new Known[code.size()];
        Known[] arriving = new Known[code.size()];
        Arrays.fill(arriving, Known.UNREACHED);
        Known known = Known.NOTHING;
        for (int place = 0; place < code.size(); place++) {
            Item item = code.at(place);
            known = code.isLoop(place) ? Known.NOTHING : known.meet(arriving[place]);
            before[place] = known;
            if (known.reached() && code.isJump(place)) {
                int target = code.target(place);
                arriving[target] = arriving[target].meet(jumping(item, known));
            }
            known = item.falls() ? behind(item, known) : Known.UNREACHED;
        }
    }

    /** Returns the known value of r0 before the instruction. */
    OptionalInt number(int place) {
        return before[place].number();
    }

    /** Returns the known value of r0 at the jump's target, on the edge from this jump. */
    OptionalInt jumping(int place) {
        return jumping(code.at(place), before[place]).number();
    }

    private static Known behind(Item item, Known known) {
        if (known.reached() && item.answer().isPresent()) {
            return Known.of(item.answer());
        }
        return known.reached() && item.writesAnswer() ? Known.NOTHING : known;
    }

    /** If `if r0 == number` jumps, r0 is that number. */
    private static Known jumping(Item jump, Known known) {
        return jump.element() instanceof CodeElement.Branch branch
                        && branch.op() == Insn.JumpOp.EQ
                        && branch.width() == Width.DW
                        && branch.dst() == Reg.R0
                        && branch.src() instanceof Operand.OfImm right
                ? Known.of(OptionalInt.of(right.value()))
                : known;
    }
}
