// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;

/** Loads from `.rodata` that are replaced by a constant, and loads that must stay. */
class ConstantLoadsTest {
    private static final byte[] RODATA = ByteBuffer.allocate(24)
            .order(ByteOrder.nativeOrder())
            .putInt(7)
            .putInt(-2)
            .putLong(-3)
            .putLong(1L << 40)
            .array();

    private static final Insn NOTHING = new Insn.Goto((short) 0);
    private static final Insn ADDRESS = new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R4, 0);
    private static final Insn EXIT = new Insn.Exit();

    private static Insn load(Width width, Reg dst, Reg src, int off) {
        return new Insn.Load(width, false, dst, src, (short) off);
    }

    private static Insn number(int value) {
        return new Insn.Mov(Width.DW, Width.DW, Reg.R4, Operand.of(value));
    }

    /** Folds the load of the address of byte `addend` and the instructions after it. */
    private static List<Insn> folded(String section, int addend, Insn... behind) {
        List<Insn> insns = new ArrayList<>(List.of(new Insn.LoadImm64(Insn.Pseudo.VALUE, Reg.R4, addend)));
        insns.addAll(List.of(behind));
        insns.add(EXIT);
        ProgramSpec program = new ProgramSpec(
                "p", "cgroup/connect4", insns, List.of(new Relocation(0, section, addend)), List.of(), 0);
        return ConstantLoads.fold(program, insns, RODATA);
    }

    @Test
    void aConstantThatFitsAMoveReplacesItsLoad() {
        assertThat(folded(".rodata", 0, load(Width.W, Reg.R4, Reg.R4, 0)))
                .containsExactly(number(7), NOTHING, NOTHING, EXIT);
        assertThat(folded(".rodata", 4, load(Width.DW, Reg.R4, Reg.R4, 4)))
                .containsExactly(number(-3), NOTHING, NOTHING, EXIT);
        assertThat(folded(".rodata", 0, load(Width.B, Reg.R4, Reg.R4, 3))).hasSize(4);
    }

    @Test
    void aConstantTooWideForAMoveIsLoaded() {
        Insn unsigned = load(Width.W, Reg.R4, Reg.R4, 4);
        assertThat(folded(".rodata", 0, unsigned)).containsExactly(ADDRESS, unsigned, EXIT);
        Insn wide = load(Width.DW, Reg.R4, Reg.R4, 16);
        assertThat(folded(".rodata", 0, wide)).containsExactly(ADDRESS, wide, EXIT);
    }

    @Test
    void dataThatIsNotConstantIsLoaded() {
        Insn own = load(Width.W, Reg.R4, Reg.R4, 0);
        assertThat(folded(".data", 0, own)).containsExactly(ADDRESS, own, EXIT);
        Insn other = load(Width.W, Reg.R3, Reg.R4, 0);
        assertThat(folded(".rodata", 0, other)).containsExactly(ADDRESS, other, EXIT);
        Insn behind = load(Width.W, Reg.R4, Reg.R4, 22);
        assertThat(folded(".rodata", 0, behind)).containsExactly(ADDRESS, behind, EXIT);
    }

    @Test
    void aLoadThatIsAJumpTargetIsKept() {
        Insn own = load(Width.W, Reg.R4, Reg.R4, 0);
        Insn back = new Insn.Jump(Insn.JumpOp.EQ, Width.DW, Reg.R1, Operand.of(0), (short) -2);
        assertThat(folded(".rodata", 0, own, back)).containsExactly(ADDRESS, own, back, EXIT);
    }
}
