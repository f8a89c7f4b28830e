// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

class ControlFlowGraphTest {
    private static final String DIAMOND = """
            r0 = 0
            if r1 == 0x0 goto pc+2
            r0 = 0x1
            exit
            goto pc-2
            """;

    private static final String LOOP = """
            r2 = 0
            r2 += 1
            if r2 < 0xa goto pc-2
            r0 = 0
            exit
            """;

    static ControlFlowGraph graph(String text) throws InsnSyntaxException {
        return ControlFlowGraph.of(InsnParser.program(text));
    }

    private static List<String> edges(ControlFlowGraph graph) {
        return graph.blocks().stream()
                .map(block -> block.slot() + "->"
                        + block.successors().stream()
                                .map(to -> graph.blocks().get(to).slot())
                                .toList())
                .toList();
    }

    @Test
    void diamondHasFourBlocksAndJoinsBelowItsHead() throws InsnSyntaxException {
        ControlFlowGraph graph = graph("""
                if r1 == 0x0 goto pc+2
                r0 = 1
                goto pc+1
                r0 = 2
                exit
                """);
        assertThat(edges(graph)).containsExactly("0->[1, 3]", "1->[4]", "3->[4]", "4->[]");
        assertThat(graph.blocks().get(3).predecessors()).containsExactly(1, 2);
        assertThat(graph.immediateDominator(3)).hasValue(0);
        assertThat(graph.immediateDominator(0)).isEmpty();
        assertThat(graph.dominates(0, 3)).isTrue();
        assertThat(graph.dominates(1, 3)).isFalse();
        assertThat(graph.reversePostorder()).startsWith(0).endsWith(3);
    }

    @Test
    void wideLoadsCountTwoSlots() throws InsnSyntaxException {
        ControlFlowGraph graph = graph(DIAMOND);
        assertThat(edges(graph)).containsExactly("0->[2, 4]", "2->[4]", "4->[]", "5->[4]");
        assertThat(graph.unreachable()).extracting(ControlFlowGraph.Block::slot).containsExactly(5);
        assertThat(graph.blockAt(2).number()).isEqualTo(1);
        assertThatThrownBy(() -> graph.blockAt(3)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void loopHeadDominatesItsBody() throws InsnSyntaxException {
        ControlFlowGraph graph = graph(LOOP);
        assertThat(edges(graph)).containsExactly("0->[1]", "1->[1, 3]", "3->[]");
        assertThat(graph.immediateDominator(2)).hasValue(1);
        assertThat(graph.reversePostorder()).containsExactly(0, 1, 2);
    }

    @Test
    void subprogramsAreEntriesOnlyWhereReachableCodeUsesThem() throws InsnSyntaxException {
        ControlFlowGraph graph = graph("""
                r2 = subprog[+4]
                call pc+4
                exit
                call pc+4
                exit
                r0 = 1
                exit
                r0 = 2
                exit
                r0 = 3
                exit
                """);
        assertThat(graph.entries().stream()
                        .map(number -> graph.blocks().get(number).slot()))
                .containsExactly(0, 5, 7);
        assertThat(graph.unreachable()).extracting(ControlFlowGraph.Block::slot).contains(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"goto pc+1", "goto pc-2", "r0 = 0", "call pc+9\nexit", "goto pc+1\nr1 = 0x5\nexit"})
    void refusesControlFlowThatLeavesTheCode(String text) {
        assertThatThrownBy(() -> graph(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void longChainsDoNotExhaustTheStack() {
        List<Insn> insns = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            insns.add(new Insn.Jump(Insn.JumpOp.EQ, Width.DW, Reg.R1, Operand.of(i), (short) 0));
        }
        insns.add(new Insn.Exit());
        assertThat(ControlFlowGraph.of(insns).reversePostorder()).hasSize(100_001);
    }

    /** The definition is the oracle: without its dominator, a block is unreachable. */
    @Test
    void dominatorsOfRandomGraphsAreTheBlocksThatCannotBeAvoided() {
        Random random = new Random(3);
        for (int round = 0; round < 200; round++) {
            ControlFlowGraph graph = ControlFlowGraph.of(randomJumps(random, 12));
            for (int dominator : graph.reversePostorder()) {
                Set<Integer> avoiding = reachable(graph, dominator);
                for (int block : graph.reversePostorder()) {
                    assertThat(graph.dominates(dominator, block)).isEqualTo(!avoiding.contains(block));
                }
            }
        }
    }

    static List<Insn> randomJumps(Random random, int count) {
        List<Insn> insns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            short off = (short) (random.nextInt(count + 1) - i - 1);
            Reg reg = Reg.of(random.nextInt(10));
            insns.add(
                    switch (random.nextInt(4)) {
                        case 0 -> new Insn.Goto(off);
                        case 1 -> new Insn.Mov(Width.DW, Width.DW, reg, Operand.of(Reg.of(random.nextInt(11))));
                        default -> new Insn.Jump(Insn.JumpOp.EQ, Width.DW, reg, Operand.of(0), off);
                    });
        }
        insns.add(new Insn.Exit());
        return insns;
    }

    private static Set<Integer> reachable(ControlFlowGraph graph, int without) {
        Set<Integer> seen = new HashSet<>();
        List<Integer> waiting = new ArrayList<>(List.of(0));
        while (!waiting.isEmpty()) {
            int next = waiting.remove(waiting.size() - 1);
            if (next != without && seen.add(next)) {
                waiting.addAll(graph.blocks().get(next).successors());
            }
        }
        return seen;
    }
}
