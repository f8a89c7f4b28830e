// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.insn.Reg;

class DataFlowTest {
    /** An analysis of reaching definitions of r0: the slots of the definitions. */
    private record DefinitionsOfR0() implements Analysis<Set<Integer>> {
        @Override
        public Set<Integer> bottom() {
            return Set.of();
        }

        @Override
        public Set<Integer> join(Set<Integer> left, Set<Integer> right) {
            Set<Integer> both = new TreeSet<>(left);
            both.addAll(right);
            return both;
        }

        @Override
        public Set<Integer> boundary(int slot) {
            return Set.of(-1);
        }

        @Override
        public Set<Integer> transfer(int slot, Insn insn, Set<Integer> fact) {
            return RegisterUse.of(insn, id -> 5).writes().contains(Reg.R0) ? Set.of(slot) : fact;
        }
    }

    private static DataFlow<Set<Integer>> definitions(String text) throws InsnSyntaxException {
        return DataFlow.forward(ControlFlowGraphTest.graph(text), new DefinitionsOfR0());
    }

    @Test
    void joinsFactsBelowADiamond() throws InsnSyntaxException {
        DataFlow<Set<Integer>> flow = definitions("""
                if r1 == 0x0 goto pc+2
                r0 = 1
                goto pc+1
                r0 = 2
                exit
                """);
        assertThat(flow.before(0)).containsExactly(-1);
        assertThat(flow.after(1)).containsExactly(1);
        assertThat(flow.before(4)).containsExactly(1, 3);
    }

    @Test
    void propagatesFactsAroundALoop() throws InsnSyntaxException {
        DataFlow<Set<Integer>> flow = definitions("""
                if r1 == 0x0 goto pc+2
                r0 = 1
                goto pc-3
                exit
                """);
        assertThat(flow.before(0)).containsExactly(-1, 1);
        assertThat(flow.before(3)).containsExactly(-1, 1);
    }

    @Test
    void unreachableCodeStaysAtBottom() throws InsnSyntaxException {
        DataFlow<Set<Integer>> flow = definitions("r0 = 0\nexit\nr0 = 1\ngoto pc-3");
        assertThat(flow.before(0)).containsExactly(-1);
        assertThat(flow.before(2)).isEmpty();
    }

    @Test
    void registersAreLiveUntilTheirLastRead() throws InsnSyntaxException {
        Liveness live = Liveness.of(ControlFlowGraphTest.graph("""
                r2 = 10
                r3 = 0
                r3 += r2
                r2 += -1
                if r2 != 0x0 goto pc-3
                r0 = r3
                exit
                """));
        assertThat(live.before(0)).isEqualTo(RegSet.NONE);
        assertThat(live.before(2)).isEqualTo(RegSet.of(Reg.R2, Reg.R3));
        assertThat(live.after(4)).isEqualTo(RegSet.of(Reg.R2, Reg.R3));
        assertThat(live.before(5)).isEqualTo(RegSet.of(Reg.R3));
        assertThat(live.after(6)).isEqualTo(RegSet.NONE);
    }

    @Test
    void callsClobberArgumentRegistersAndReadOnlyTheirOwn() throws InsnSyntaxException {
        ControlFlowGraph graph = ControlFlowGraphTest.graph("call #14\nr6 = r0\nr0 = r1\nexit");
        assertThat(Liveness.of(graph, id -> 0).before(0)).isEqualTo(RegSet.NONE);
        assertThat(Liveness.of(graph, id -> 2).before(0)).isEqualTo(RegSet.of(Reg.R1, Reg.R2));
        assertThat(Liveness.of(graph).before(0)).isEqualTo(RegSet.ARGUMENTS);
        assertThat(Liveness.of(graph).after(0)).isEqualTo(RegSet.of(Reg.R0, Reg.R1));
    }

    /** The oracle walks paths: a register is live if a path reads it before writing it. */
    @Test
    void livenessOfRandomCodeMatchesAPathSearch() {
        Random random = new Random(9);
        for (int round = 0; round < 200; round++) {
            List<Insn> insns = ControlFlowGraphTest.randomJumps(random, 10);
            ControlFlowGraph graph = ControlFlowGraph.of(insns);
            Liveness live = Liveness.of(graph);
            for (int number : graph.reversePostorder()) {
                int slot = graph.blocks().get(number).slot();
                for (Reg reg : Reg.values()) {
                    boolean read = readAhead(insns, slot, reg, new HashSet<>());
                    assertThat(live.before(slot).contains(reg)).isEqualTo(read);
                }
            }
        }
    }

    private static boolean readAhead(List<Insn> insns, int slot, Reg reg, Set<Integer> seen) {
        if (!seen.add(slot)) {
            return false;
        }
        Insn insn = insns.get(slot);
        RegisterUse use = RegisterUse.of(insn, id -> 5);
        if (use.reads().contains(reg) || use.writes().contains(reg) || insn instanceof Insn.Exit) {
            return use.reads().contains(reg);
        }
        if (insn instanceof Insn.Goto go) {
            return readAhead(insns, slot + 1 + go.off(), reg, seen);
        }
        boolean next = readAhead(insns, slot + 1, reg, seen);
        return next || insn instanceof Insn.Jump jump && readAhead(insns, slot + 1 + jump.off(), reg, seen);
    }

    @Test
    void printsRegisterSets() {
        assertThat(RegSet.of(Reg.R0, Reg.R6)).hasToString("{r0 r6}");
        assertThat(RegSet.arguments(2)).isEqualTo(RegSet.of(Reg.R1, Reg.R2));
    }
}
