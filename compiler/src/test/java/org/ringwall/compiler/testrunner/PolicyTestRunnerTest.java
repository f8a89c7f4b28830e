// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.report.RuleText;
import org.ringwall.compiler.report.TestReport;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.GoldenCase;

class PolicyTestRunnerTest {
    private static Compilation compile(String name, String text) {
        return compile(name, text, Settings.DEFAULT);
    }

    private static Compilation compile(String name, String text, Settings settings) {
        return Compiler.compile(new SourceFile(name, text), settings)
                .compilation()
                .orElseThrow();
    }

    private static List<TestReport> run(Compilation compilation) {
        Policy policy = compilation.policy();
        KernelVersion kernel = policy.requires().orElse(KernelVersion.V5_10).max(KernelVersion.V5_10);
        return PolicyTestRunner.run(policy, compilation.object(), kernel);
    }

    private static TestReport.Case only(String text) {
        return run(compile("t.wall", text)).get(0).cases().get(0);
    }

    static List<Path> samples() throws IOException {
        try (Stream<Path> files = Files.list(GoldenCase.projectRoot().resolve("samples/policies"))) {
            return files.filter(file -> file.toString().endsWith(".wall"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyTestOfEverySamplePassesInBothByteOrders(Path sample) throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            List<TestReport> results = run(compile(
                    sample.getFileName().toString(),
                    Files.readString(sample),
                    new Settings(List.of(), order, Map.of())));
            assertThat(results)
                    .isNotEmpty()
                    .allSatisfy(result -> assertThat(result.cases())
                            .as(result.name())
                            .isNotEmpty()
                            .allMatch(TestReport.Case::passed));
        }
    }

    /** Braces state the expected effects, but not the errno. */
    @Test
    void anExpectedDenyWithoutAnErrnoMatchesAnyErrno() {
        String text = """
                policy t
                requires kernel 6.1
                egress { deny EACCES if remote.port == 1 { log }; default allow }
                test "t" { connect tcp 192.0.2.1:1 => EXPECTED }
                """;
        for (String met : List.of("deny", "deny { log }", "deny EACCES", "deny EACCES { log }")) {
            assertThat(only(text.replace("EXPECTED", met)).passed()).as(met).isTrue();
        }
        for (String missed :
                List.of("deny {}", "deny EPERM", "deny EPERM { log }", "deny EACCES {}", "allow { log }")) {
            assertThat(only(text.replace("EXPECTED", missed)).passed())
                    .as(missed)
                    .isFalse();
        }
    }

    /**
     * A number is an `int` in the machine's byte order; the bytes of a string are a different
     * number in each byte order.
     */
    @Test
    void valuesOfSocketOptionsAreInTheByteOrderOfTheMachine() {
        String text = """
                policy t
                on setsockopt {
                  allow if optval in { 258, NUMBER }
                  default deny
                }
                test "s" {
                  setsockopt IP_TTL = 258                => allow
                  setsockopt SO_BINDTODEVICE = "abcd"    => allow
                }
                """;
        Settings big = new Settings(List.of(), ByteOrder.BIG_ENDIAN, Map.of());
        String little = text.replace("NUMBER", "0x64636261");
        String network = text.replace("NUMBER", "0x61626364");
        assertThat(run(compile("t.wall", little)).get(0).passed()).isTrue();
        assertThat(run(compile("t.wall", network, big)).get(0).passed()).isTrue();
        assertThat(run(compile("t.wall", little, big)).get(0).cases())
                .extracting(TestReport.Case::passed)
                .containsExactly(true, false);
    }

    @Test
    void aWrongExpectationFailsAndNamesTheDecidingRule() {
        TestReport.Case result = only("""
                policy t
                egress {
                  allow if remote.port == 80
                  default deny
                }
                test "s" {
                  connect tcp 1.2.3.4:80 => deny
                }
                """);
        assertThat(result.passed()).isFalse();
        assertThat(result.decision().verdict()).isEqualTo("allow");
        assertThat(result.decision().rules()).extracting(RuleText::text).containsExactly("allow if remote.port == 80");
        assertThat(result.decision().rules().get(0).line()).isEqualTo(3);
    }

    @Test
    void theFirstDenialOfTheCallIsTheVerdict() {
        TestReport.Case result = only("""
                policy t
                requires kernel 6.1
                egress {
                  default deny EACCES
                }
                sockets {
                  deny ENOENT if proto == udp
                  default allow
                }
                test "s" {
                  send udp 1.2.3.4:80 => deny
                }
                """);
        assertThat(result.passed()).isTrue();
        assertThat(result.decision().verdict()).isEqualTo("deny ENOENT");
        assertThat(result.decision().rules()).extracting(RuleText::text).containsExactly("deny ENOENT if proto == udp");
    }

    @Test
    void aParamHasTheValueOfTheLine() {
        List<TestReport> results = run(compile("t.wall", """
                policy t
                param p : port in 1..100 = 5
                egress {
                  allow if remote.port == p
                  default deny
                }
                test "s" {
                  connect tcp 1.2.3.4:5               => allow
                  connect tcp 1.2.3.4:5 with p = 100  => deny
                  connect tcp 1.2.3.4:100 with p = 100 => allow
                }
                """));
        assertThat(results.get(0).passed()).isTrue();
        assertThat(results.get(0).cases()).hasSize(3);
    }

    @Test
    void detectsProgramsOfAnotherPolicy() {
        String open = """
                policy t
                egress {
                  default allow
                }
                test "s" {
                  connect tcp 1.2.3.4:80 => allow
                }
                """;
        Policy policy = compile("t.wall", open).policy();
        Compilation closed = compile("t.wall", open.replace("default allow", "default deny"));
        assertThatThrownBy(() -> PolicyTestRunner.run(policy, closed.object(), KernelVersion.V5_10))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the program says deny and the policy allow");
    }
}
