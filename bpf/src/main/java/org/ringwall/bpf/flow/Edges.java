package org.ringwall.bpf.flow;

import java.util.OptionalInt;
import org.ringwall.bpf.insn.Insn;

/**
 * Where control goes after an instruction: on to the next, to a jump's target, into a subprogram. Distances count from the
 * slot after the instruction's first one.
 */
record Edges(boolean next, OptionalInt jump, OptionalInt callee) {
    private static final Edges ON = new Edges(true, OptionalInt.empty(), OptionalInt.empty());

    static Edges of(Insn insn) {
        if (insn instanceof Insn.Jump jump) {
            return new Edges(true, OptionalInt.of(jump.off()), OptionalInt.empty());
        }
        if (insn instanceof Insn.Goto go) {
            return new Edges(false, OptionalInt.of(go.off()), OptionalInt.empty());
        }
        if (insn instanceof Insn.GotoLong go) {
            return new Edges(false, OptionalInt.of(go.off()), OptionalInt.empty());
        }
        if (insn instanceof Insn.CallLocal call) {
            return new Edges(true, OptionalInt.empty(), OptionalInt.of(call.off()));
        }
        if (insn instanceof Insn.LoadImm64 load && load.pseudo() == Insn.Pseudo.FUNC) {
            return new Edges(true, OptionalInt.empty(), OptionalInt.of(load.low()));
        }
        return insn instanceof Insn.Exit ? new Edges(false, OptionalInt.empty(), OptionalInt.empty()) : ON;
    }

    /** Whether a block ends here. */
    boolean endsBlock() {
        return !next || jump.isPresent();
    }
}
