// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;

class CodeSizeTest {
    @Test
    void combinesRulesWhoseBranchesWouldBeTooFar() {
        CompileResult result = compile(perAddress(9_000), KernelVersion.V5_10);
        assertThat(result.diagnostics()).isEmpty();
        Compilation compiled = result.compilation().orElseThrow();
        assertThat(compiled.lowered().decisions()).anyMatch(HookDecision::intersects);
        assertThat(compiled.object().programs().get(0).slots()).isLessThan(4_000);
    }

    /** Rules that test names cannot be combined as bit vectors. */
    @Test
    void reportsAnErrorIfABranchIsTooFar() {
        CompileResult result = compile(
                perAddress(9_000).replaceAll("(deny|allow) if (?=remote)", "$1 if comm != \"me\" and "),
                KernelVersion.V5_10);
        assertThat(result.compilation()).isEmpty();
        assertThat(result.diagnostics())
                .anySatisfy(diagnostic -> assertThat(diagnostic.code()).isEqualTo(Code.CODE_TOO_LARGE))
                .allSatisfy(diagnostic -> assertThat(diagnostic.help()).isPresent());
    }

    @Test
    void longJumpsOfNewerKernelsReach() {
        CompileResult result = compile(perAddress(9_000), KernelVersion.V6_12);
        assertThat(result.diagnostics()).isEmpty();
        assertThat(result.compilation()).isPresent();
    }

    /** The code of a record exists once for all rules with one verdict. */
    @Test
    void recordsOfFurtherRulesAddLittleCode() {
        int hundred = slotsOfLogs(100);
        int twoHundred = slotsOfLogs(200);
        assertThat(twoHundred - hundred).isLessThan(100 * 8);
    }

    private static int slotsOfLogs(int rules) {
        String text = IntStream.range(0, rules)
                .mapToObj(i -> "  deny if remote.port == %d { log because \"reason %d\" }\n".formatted(7 * i, i))
                .collect(Collectors.joining("", "policy told\non connect4 {\n", "  default allow\n}\n"));
        CompileResult result = whole(text, KernelVersion.V5_10);
        return result.compilation().orElseThrow().object().programs().get(0).slots();
    }

    /** A single diagram of 36 fields would have 2^36 outcomes. */
    @Test
    void codeOfRulesWithoutAVerdictGrowsLinearly() {
        int twelve = slots(12);
        int thirtySix = slots(36);
        assertThat(twelve).isLessThan(400);
        assertThat(thirtySix - twelve).isLessThan(24 * 32);
    }

    private static int slots(int rules) {
        CompileResult result = whole("policy tuned\non sock_ops {\n" + tuned(rules) + "}\n", KernelVersion.V5_10);
        return result.compilation().orElseThrow().object().programs().get(0).slots();
    }

    /** Returns rules that each test another field, or another predicate. */
    private static String tuned(int rules) {
        return IntStream.range(0, rules)
                .mapToObj(i -> i % 2 == 0
                        ? "  when ancestor(%d) == %d { reply %d }\n".formatted(i / 2 % 16 + 1, i + 7, i)
                        : "  when %s > %d { setsockopt SO_MARK = %d }\n"
                                .formatted(
                                        List.of("tcp.snd_cwnd", "tcp.mss_cache", "local.port")
                                                .get(i % 3),
                                        9 * i,
                                        i))
                .collect(Collectors.joining());
    }

    @Test
    void aLargeSetAddsDataAndNotCode() {
        BpfObject small = compile(list(1_000), KernelVersion.V5_10)
                .compilation()
                .orElseThrow()
                .object();
        BpfObject large = compile(list(100_000), KernelVersion.V5_10)
                .compilation()
                .orElseThrow()
                .object();
        assertThat(small.programs().get(0).slots()).isLessThan(160);
        assertThat(large.programs().get(0).slots()).isLessThan(300);
    }

    @Test
    void reportsTablesThatExceedTheLimitOfTheTarget() {
        BpfObject object = compile(list(2), KernelVersion.V5_10)
                .compilation()
                .orElseThrow()
                .object();
        DataSection large = new DataSection(".rodata", true, Bytes.zeros((4 << 20) + 1), List.of());
        BpfObject swollen =
                new BpfObject(object.order(), object.license(), List.of(), List.of(), List.of(large), object.btf());
        Span place = new SourceFile("large.wall", "policy large\n").span(0, 0);

        assertThat(DataLimit.exceeded(object, place, KernelVersion.V5_10)).isEmpty();
        assertThat(DataLimit.exceeded(swollen, place, KernelVersion.V6_1)).isEmpty();
        assertThat(DataLimit.exceeded(swollen, place, KernelVersion.V5_10))
                .singleElement()
                .satisfies(diagnostic -> {
                    assertThat(diagnostic.code()).isEqualTo(Code.DATA_TOO_LARGE);
                    assertThat(diagnostic.help()).isPresent();
                });
    }

    /**
     * The rules at connect6 are too many for one diagram. Those at connect4 are few enough, but one
     * diagram of them is many times as large as the same rules in turn.
     */
    @Test
    void testsLiveSetsInTurnAtEveryHookWhereThatIsSmaller() {
        String rules = IntStream.range(1, 40)
                .mapToObj(i -> "  allow if remote.ip in s%d and not (remote.port == %d or remote.ip in s0)\n"
                        .formatted(i, 1_000 + i))
                .collect(Collectors.joining("", "egress {\n", "  default deny\n}\n"));
        String sets = IntStream.range(0, 40)
                .mapToObj(i -> "live set s%d : ip max 16\n".formatted(i))
                .collect(Collectors.joining());
        BpfObject object = whole("policy large\n" + sets + rules, KernelVersion.V5_10)
                .compilation()
                .orElseThrow()
                .object();
        assertThat(object.programs())
                .filteredOn(program -> program.section().endsWith("4"))
                .hasSize(2)
                .allMatch(program -> program.slots() < 2_500);
    }

    /**
     * Neither one diagram nor one with the params in turn fits: names, ports, prefixes and params
     * multiply.
     */
    @Test
    void testsEveryRuleInTurnWhereAllOtherFormsAreTooLarge() {
        String rules = IntStream.range(0, 60)
                .mapToObj(i -> ("  %s if remote.port == p%d and remote.ip in 10.%d.0.0/%d\n"
                                + "  %s if comm == \"task%d\" and remote.port == %d\n")
                        .formatted(
                                i % 2 == 0 ? "allow" : "deny",
                                i,
                                i * 37 % 8 * 32,
                                8 + i % 3 * 3,
                                i % 3 == 0 ? "allow" : "deny",
                                i * 71 % 1_000,
                                1 + i * 613 % 2_000))
                .collect(Collectors.joining("", "egress {\n", "  default deny\n}\n"))
                .replaceAll("10\\.\\d+\\.0\\.0/8", "10.0.0.0/8");
        String params = IntStream.range(0, 60)
                .mapToObj(i -> "param p%d : port in 1..65535 = %d\n".formatted(i, 1 + i * 29))
                .collect(Collectors.joining());
        BpfObject object = whole("policy large\n" + params + rules, KernelVersion.V5_10)
                .compilation()
                .orElseThrow()
                .object();
        assertThat(object.programs()).allMatch(program -> program.slots() < 6_000);
    }

    @Test
    void compilesThousandsOfNestedSetsToTwoTables() {
        String rules = IntStream.range(0, 5_000)
                .mapToObj(i -> "  deny if remote.ip == 10.0.%d.%d and remote.port in { %d, %d }\n"
                        .formatted(i >> 8, i & 255, i + 1, 2 * i + 7))
                .collect(Collectors.joining());
        BpfObject object =
                compile(rules, KernelVersion.V5_10).compilation().orElseThrow().object();
        assertThat(object.programs().get(0).slots()).isLessThan(450);
    }

    /** Returns rules with one address and one uid each, so that no single table covers them. */
    private static String perAddress(int addresses) {
        return IntStream.range(0, addresses)
                .mapToObj(i -> "  deny if remote.ip == 10.0.%d.%d and uid == %d\n".formatted(i >> 8, i & 255, i + 1))
                .collect(Collectors.joining());
    }

    /** Returns every second address of a range, so that no two can be merged. */
    private static String list(int addresses) {
        return IntStream.range(0, addresses)
                .mapToObj(i -> "10.%d.%d.%d".formatted(i >> 15, i >> 7 & 255, i << 1 & 255))
                .collect(Collectors.joining(", ", "  deny if remote.ip in { ", " }\n"));
    }

    private static CompileResult compile(String rules, KernelVersion target) {
        return whole("policy large\non connect4 {\n" + rules + "  default allow\n}\n", target);
    }

    private static CompileResult whole(String text, KernelVersion target) {
        Settings settings = new Settings(List.of(target), ByteOrder.LITTLE_ENDIAN, Map.of());
        return Compiler.compile(new SourceFile("large.wall", text), settings);
    }
}
