// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.TestOrder;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.ir.switches.ChosenForm;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.Soak;

/** Generated policies with many rules, one per line. */
class ManyRulesTest {
    private final Random random = new Random(7);

    @Test
    void coveredRulesAddNoCode() {
        CompileResult result = compile(
                30_000,
                i -> "%s if proto == %s and remote.ip in %s and remote.port in %s"
                        .formatted(verdict(i), i % 3 == 0 ? "udp" : "tcp", addresses(), range(0xffff, 1)));
        assertThat(slots(result)).isLessThan(600);
        assertThat(result.diagnostics())
                .hasSizeGreaterThan(29_000)
                .allSatisfy(diagnostic -> assertThat(diagnostic.code()).isEqualTo(Code.UNREACHABLE_RULE))
                .allSatisfy(diagnostic -> assertThat(diagnostic.notes()).hasSizeBetween(1, 16));
    }

    @Test
    void compilesAHundredThousandAlternatingRulesToATable() {
        CompileResult result = compile(100_000, i -> verdict(i) + " if remote.ip == " + address(random.nextLong()));
        assertThat(slots(result)).isLessThan(80);
    }

    @Test
    void manyOverlappingPortRangesNeedLittleCode() {
        CompileResult result = compile(20_000, i -> verdict(i) + " if remote.port in " + range(0xffff, 500));
        assertThat(slots(result)).isLessThan(80);
    }

    @Test
    void addressesWithWideRangesOfPortsAreTestedFirst() {
        CompileResult result = compile(
                2_000,
                i -> verdict(i) + " if remote.ip == " + address(random.nextLong()) + " and remote.port in "
                        + range(0xffff, 1));
        assertThat(result.compilation().orElseThrow().diagrams().order()).isEqualTo(TestOrder.ADDRESSES_FIRST);
        assertThat(slots(result)).isLessThan(400);
    }

    @Test
    void combinesRulesWhoseFieldsWouldMultiply() {
        CompileResult result = compile(60, i -> multiplying(i));
        assertThat(result.compilation().orElseThrow().lowered().decisions()).allMatch(HookDecision::intersects);
        assertThat(slots(result)).isLessThan(1_000);
        Compilation compiled = result.compilation().orElseThrow();
        Routine lowered =
                Lowering.lower(compiled.policy(), compiled.lowered().decisions().get(0), compiled.oldestKernel());
        assertThat(Passes.forms(lowered).stream().map(ChosenForm::toString))
                .anyMatch(
                        form -> form.matches(
                                "line 3: the first rule that holds, 2 ways: rules as bits, 5 searches, \\d rows of 64 bits \\(\\d+ instructions, .* ns\\)"));
    }

    @Test
    void warnsOfCoveredRulesAlsoIfRulesAreCombined() {
        CompileResult covered =
                compile(61, i -> i == 0 ? "deny if uid in 400..600" : multiplying(i) + " and uid in 450..500");
        assertThat(covered.compilation().orElseThrow().diagrams().decisions()).isNotEmpty();
        assertThat(covered.diagnostics())
                .hasSize(60)
                .allSatisfy(diagnostic -> assertThat(diagnostic.code()).isEqualTo(Code.UNREACHABLE_RULE));
    }

    /** A rule that tests a name cannot be combined as a bit vector. */
    @Test
    void someRulesWhoseFieldsWouldMultiplyAreTestedInTurn() {
        CompileResult result = compile(30, i -> multiplying(i) + " and comm != \"n" + i + "\"");
        assertThat(result.compilation().orElseThrow().lowered().decisions()).allMatch(HookDecision::testsInTurn);
        assertThat(slots(result)).isLessThan(2_000);
    }

    @Test
    void fieldsThatMultiplyAreRefusedAndNamed() {
        CompileResult result = compile(600, i -> multiplying(i) + " and comm != \"n" + i % 20 + "\"");
        assertThat(result.compilation()).isEmpty();
        assertThat(result.diagnostics()).singleElement().satisfies(ManyRulesTest::namesFieldsAndRules);
    }

    /** Returns a rule whose ranges of five fields overlap those of most others. */
    private String multiplying(int rule) {
        return "%s if remote.port in %s and uid in %s and gid in %s and pid in %s and remote.ip in %s"
                .formatted(verdict(rule), half(0xffff), half(1_000), half(1_000), half(30_000), addresses());
    }

    /** Hooks are processed in parallel from a thousand rules on. */
    @Test
    void hooksCompiledInParallelAreOrderedAndReproducible() {
        IntFunction<String> rule = i -> verdict(i) + " if remote.ip in 10." + i / 256 + "." + i % 256
                + ".0/24 and remote.port == " + (1 + i % 7);
        Compilation first = compile("egress", 1_500, rule).compilation().orElseThrow();
        assertThat(first.object().programs().stream().map(ProgramSpec::section))
                .containsExactly(
                        "cgroup/sock_create",
                        "cgroup/connect4",
                        "cgroup/connect6",
                        "cgroup/sendmsg4",
                        "cgroup/sendmsg6");
        for (int i = 0; i < Soak.size(1, 3); i++) {
            assertThat(compile("egress", 1_500, rule)
                            .compilation()
                            .orElseThrow()
                            .elf())
                    .isEqualTo(first.elf());
        }
        long alone = slots(compile("on connect4", 1_500, rule));
        assertThat(first.object().programs().get(1).slots()).isEqualTo((int) alone);
    }

    private static void namesFieldsAndRules(Diagnostic diagnostic) {
        assertThat(diagnostic.code()).isEqualTo(Code.DIAGRAM_TOO_LARGE);
        assertThat(diagnostic.message()).contains("`connect4`", "`remote.port` (", "`uid` (", "`gid` (", "`pid` (");
        assertThat(diagnostic.notes())
                .hasSize(3)
                .allSatisfy(note -> assertThat(note.message()).contains("this rule spans", "ranges of `remote.port`"));
        assertThat(diagnostic.help()).isPresent();
    }

    private static String verdict(int rule) {
        return rule % 2 == 0 ? "allow" : "deny";
    }

    private static String address(long bits) {
        return IntStream.of(24, 16, 8, 0)
                .mapToObj(shift -> String.valueOf(bits >>> shift & 0xff))
                .collect(Collectors.joining("."));
    }

    private String addresses() {
        long one = random.nextLong(1L << 32);
        long other = random.nextLong(1L << 32);
        return address(Math.min(one, other)) + ".." + address(Math.max(one, other));
    }

    /**
     * Returns a random range up to `max`. It contains at most about one in `part` of the numbers
     * above its start.
     */
    private String range(int max, int part) {
        int low = random.nextInt(max - 1) + 1;
        return low + ".." + (low + random.nextInt(Math.max(1, (max - low) / part)) + 1);
    }

    /** Returns a range of half of the numbers up to `max`. */
    private String half(int max) {
        int low = random.nextInt(max / 2) + 1;
        return low + ".." + (low + max / 2);
    }

    private static long slots(CompileResult result) {
        return result.compilation().orElseThrow().object().programs().get(0).slots();
    }

    private static CompileResult compile(int rules, IntFunction<String> rule) {
        return compile("on connect4", rules, rule);
    }

    private static CompileResult compile(String block, int rules, IntFunction<String> rule) {
        String text = IntStream.range(0, rules)
                .mapToObj(i -> "  " + rule.apply(i) + "\n")
                .collect(Collectors.joining("", "policy many\n" + block + " {\n", "  default deny\n}\n"));
        return Compiler.compile(new SourceFile("many.wall", text), Settings.DEFAULT);
    }
}
