// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;

class DiagramStrategyTest {
    @Test
    void fewLiveSetsAreOneDiagram() {
        Compilation compiled = compiled(3, "allow if remote.port in %2$d..%3$d and remote.ip in s%1$d");
        assertThat(compiled.lowered().decisions()).noneMatch(HookDecision::testsInTurn);
    }

    /** Analyses read one diagram, in which rules can be compared. */
    @Test
    void manyLiveSetsAreTestedInTurnByPrograms() {
        Compilation compiled = compiled(20, "allow if remote.port in %2$d..%3$d and remote.ip in s%1$d");
        HookDecision lowered = at(compiled.lowered(), Hook.CONNECT4);
        assertThat(lowered.testsInTurn()).isTrue();
        assertThat(lookups(lowered)).hasSize(2 * 20);
        HookDecision analysed = at(compiled.diagrams(), Hook.CONNECT4);
        assertThat(analysed.isNotOneDiagram()).isFalse();
        assertThat(lookups(analysed)).hasSizeGreaterThan(2 * lookups(lowered).size());
    }

    /** A request sees one state of a set: the answer of one lookup is used for all rules. */
    @Test
    void aLiveSetOfSeveralRulesIsLookedUpBeforeTheirGuards() {
        Compilation compiled =
                compiled(20, "allow if remote.ip in s%1$d and not (remote.port == %2$d or remote.ip in s0)");
        HookDecision lowered = at(compiled.lowered(), Hook.CONNECT4);
        assertThat(lowered.testsInTurn()).isTrue();
        assertThat(lookups(lowered).stream().filter(live -> live.set().name().equals("s0")))
                .doesNotHaveDuplicates()
                .hasSize(2);
    }

    @Test
    void ratesOnOverlappingPrefixesGrowWithTheirNumber() {
        Compilation ten = rates(10);
        Compilation twenty = rates(20);
        assertThat(at(twenty.lowered(), Hook.CONNECT4).testsInTurn()).isTrue();
        assertThat(slots(twenty)).isLessThan(2 * slots(ten));
    }

    private static int slots(Compilation compiled) {
        return compiled.object().programs().stream()
                .mapToInt(program -> program.slots())
                .max()
                .orElseThrow();
    }

    private static List<Predicate.InLive> lookups(HookDecision decision) {
        return decision.nodes()
                .filter(Node.PredicateTest.class::isInstance)
                .map(node -> ((Node.PredicateTest<?>) node).predicate())
                .filter(Predicate.InLive.class::isInstance)
                .map(Predicate.InLive.class::cast)
                .toList();
    }

    private static HookDecision at(PolicyDiagrams diagrams, Hook hook) {
        return diagrams.decisions().stream()
                .filter(decision -> decision.hook() == hook)
                .findFirst()
                .orElseThrow();
    }

    private static Compilation rates(int size) {
        String rates = lines(size, "rate r%1$d 1000/s");
        return compile(rates + "egress {\n" + lines(size, "  allow if remote.ip in 10.0.0.0/%4$d within r%1$d")
                + "  default deny\n}\n");
    }

    private static Compilation compiled(int size, String rule) {
        return compile(
                lines(size, "live set s%1$d : ip max 64") + "egress {\n" + lines(size, rule) + "  default deny\n}\n");
    }

    /** Returns a line for each number, with it, a range of ports, and the length of a prefix. */
    private static String lines(int size, String line) {
        return IntStream.range(0, size)
                .mapToObj(i -> line.formatted(i, 2_000 + 7 * i, 2_040 + 7 * i, 8 + i % 24) + "\n")
                .collect(Collectors.joining());
    }

    private static Compilation compile(String body) {
        SourceFile source = new SourceFile("strategy.wall", "policy strategy\n" + body);
        return Compiler.compile(source, Settings.DEFAULT).compilation().orElseThrow();
    }
}
