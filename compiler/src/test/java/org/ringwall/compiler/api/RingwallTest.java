// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.compiler.report.Decision;
import org.ringwall.compiler.report.Diagnostic;
import org.ringwall.compiler.report.ReachReport;
import org.ringwall.compiler.report.Request;
import org.ringwall.compiler.report.RuleText;
import org.ringwall.compiler.report.TestReport;

final class RingwallTest {
    private static final String WEB = """
        policy web
        requires kernel 5.18
        param gate : port in 1024..65535 = 3128
        live set partners : net max 16
        rate tries 1/s burst 2
        egress {
          allow if remote.ip in partners
          deny ECONNREFUSED if remote.port == 22 { because "no shells" }
          allow if proto == tcp and remote.port == gate within tries
          default deny
        }
        test "the gate" {
          connect tcp 192.0.2.1:3128 => allow
          connect tcp 192.0.2.1:22   => deny ECONNREFUSED because "no shells"
          connect tcp 192.0.2.1:80   => allow
        }
        """;

    @TempDir
    private Path folder = Path.of("");

    private static Policy web() {
        CompileResult result = Ringwall.compile("web.wall", WEB, Options.DEFAULT);
        assertThat(result.diagnostics()).extracting(Diagnostic::text).isEmpty();
        return result.policy().orElseThrow();
    }

    private static Decision decide(String words) {
        return web().evaluate(new Request(words));
    }

    @Test
    void compilesAFileWithItsIncludes() throws IOException {
        Files.writeString(folder.resolve("ports.wall"), "set web_ports = { 80, 443 }\n");
        Files.writeString(folder.resolve("web.wall"), """
            policy web
            include "ports.wall"
            egress { allow if proto == tcp and remote.port in web_ports; default deny }
            """);
        CompileResult result = Ringwall.compile(Path.of("web.wall"), Options.DEFAULT.withBase(folder));
        assertThat(result.files()).containsExactly("ports.wall");
        Policy policy = result.policy().orElseThrow();
        assertThat(policy.name()).isEqualTo("web");
        assertThat(policy.hooks()).contains("connect4", "connect6", "sock_create");
        assertThat(policy.oldestKernel()).isEqualTo("5.10");
        assertThat(policy.object()).startsWith(0x7f, 'E', 'L', 'F');
        Files.delete(folder.resolve("ports.wall"));
        assertThat(policy.evaluate(new Request("connect tcp 192.0.2.1:443")).allowed())
                .isTrue();
    }

    @Test
    void makesTheSameObjectFromAFileAndFromItsText() throws IOException {
        Files.writeString(folder.resolve("web.wall"), WEB);
        Options options = Options.DEFAULT.withBase(folder).withOrder(ByteOrder.BIG_ENDIAN);
        byte[] fromFile = Ringwall.compile(Path.of("web.wall"), options)
                .policy()
                .orElseThrow()
                .object();
        byte[] fromText = Ringwall.compile("web.wall", WEB, options)
                .policy()
                .orElseThrow()
                .object();
        assertThat(fromFile).isEqualTo(fromText).isNotEqualTo(web().object());
    }

    @Test
    void reportsErrorsWithTheirPlace() {
        CompileResult result = Ringwall.compile(
                "bad.wall", "policy bad\negress {\n  allow if prot == tcp\n  default deny\n}\n", Options.DEFAULT);
        assertThat(result.policy()).isEmpty();
        Diagnostic error = result.diagnostics().get(0);
        assertThat(error.severity()).isEqualTo(Diagnostic.Severity.ERROR);
        assertThat(error.code()).matches("E\\d{4}");
        assertThat(error.message()).contains("`prot`");
        assertThat(error.range())
                .isEqualTo(new Diagnostic.Range(
                        "bad.wall", new Diagnostic.Position(3, 12), new Diagnostic.Position(3, 16)));
        assertThat(error.help().orElseThrow()).contains("`proto`");
        assertThat(error.text()).contains(error.code(), "bad.wall:3:12", "^^^^");
    }

    @Test
    void reportsTextThatIsNotUtf8() throws IOException {
        Path file = folder.resolve("latin.wall");
        Files.write(file, new byte[] {'p', 'o', '\n', (byte) 0xe9});
        CompileResult result = Ringwall.compile(file, Options.DEFAULT);
        assertThat(result.policy()).isEmpty();
        assertThat(result.diagnostics().get(0).range().start()).isEqualTo(new Diagnostic.Position(2, 1));
    }

    @Test
    void throwsIfThePolicyCannotBeRead() {
        assertThatThrownBy(() -> Ringwall.compile(folder.resolve("none.wall"), Options.DEFAULT))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void refusesATargetThatIsNotAVersion() {
        assertThatThrownBy(() -> Options.DEFAULT.withTargets("newest"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("`newest`");
    }

    @Test
    void setsParams() {
        assertThat(web().params())
                .containsExactly(new Param(
                        "gate", "port", BigInteger.valueOf(1024), BigInteger.valueOf(65535), BigInteger.valueOf(3128)));
        Policy moved = Ringwall.compile("web.wall", WEB, Options.DEFAULT.withParam("gate", "8080"))
                .policy()
                .orElseThrow();
        assertThat(moved.evaluate(new Request("connect tcp 192.0.2.1:8080")).allowed())
                .isTrue();
        CompileResult wrong = Ringwall.compile("web.wall", WEB, Options.DEFAULT.withParam("gate", "80"));
        assertThat(wrong.policy()).isEmpty();
    }

    @Test
    void decidesWithRuleErrnoAndReason() {
        Decision allowed = decide("connect tcp 192.0.2.1:3128");
        assertThat(allowed.allowed()).isTrue();
        assertThat(allowed.errno()).isEmpty();
        assertThat(allowed.verdict()).isEqualTo("allow");
        assertThat(allowed.rules())
                .containsExactly(
                        new RuleText("web.wall", 9, 3, "allow if proto == tcp and remote.port == gate within tries"));
        Decision denied = decide("connect tcp 192.0.2.1:22");
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.errno()).contains("ECONNREFUSED");
        assertThat(denied.verdict()).isEqualTo("deny ECONNREFUSED");
        assertThat(denied.reason()).contains("no shells");
        assertThat(decide("connect tcp 192.0.2.1:80").errno()).contains("EPERM");
    }

    @Test
    void readsStateFromTheWordsOfTheRequest() {
        assertThat(decide("connect udp 203.0.113.9:53").allowed()).isFalse();
        assertThat(decide("connect udp 203.0.113.9:53 with partners = { 203.0.113.0/24 }")
                        .allowed())
                .isTrue();
        assertThat(decide("connect tcp 192.0.2.1:5000 with gate = 5000").allowed())
                .isTrue();
    }

    @Test
    void keepsStateBetweenRequestsOfOneSequence() {
        Request request = new Request("connect tcp 192.0.2.1:3128");
        List<Boolean> allowed = web()
                .evaluateAll(List.of(request, request, request, new Request("after 2s " + request.words()), request))
                .stream()
                .map(Decision::allowed)
                .collect(Collectors.toList());
        assertThat(allowed).containsExactly(true, true, false, true, true);
        assertThat(web().evaluateAll(List.of())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "connekt tcp 192.0.2.1:80",
                "connect tcp 192.0.2.300:80",
                "connect tcp 192.0.2.1:80 => deny connect tcp 192.0.2.1:81",
                "connect tcp 192.0.2.1:80 => deny } test \"more\" { connect tcp 192.0.2.1:81",
                "connect tcp 192.0.2.1:80 with nothing = 5",
            })
    void refusesWordsThatAreNotOneRequest(String words) {
        assertThatThrownBy(() -> decide(words))
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        e -> assertThat(e.diagnostics())
                                .isNotEmpty()
                                .allMatch(found -> found.range().file().equals("probe")
                                        && found.range().start().line() == 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "connect tcp 192.0.2.1:80\nconnect tcp 192.0.2.1:81"})
    void refusesARequestThatIsNotOneLine(String words) {
        assertThatThrownBy(() -> new Request(words)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void explainsStepByStep() {
        assertThat(web().explain(new Request("connect tcp 192.0.2.1:22")))
                .startsWith("connect tcp 192.0.2.1:22\n")
                .contains("web.wall:8: deny ECONNREFUSED")
                .endsWith("=> deny ECONNREFUSED\n");
    }

    @Test
    void runsTheTestsOfThePolicy() {
        List<TestReport> tests = web().test();
        assertThat(tests).hasSize(1);
        TestReport gate = tests.get(0);
        assertThat(gate.name()).isEqualTo("the gate");
        assertThat(gate.line()).isEqualTo(12);
        assertThat(gate.passed()).isFalse();
        assertThat(gate.cases()).extracting(TestReport.Case::passed).containsExactly(true, true, false);
        TestReport.Case last = gate.cases().get(2);
        assertThat(last.line()).isEqualTo(15);
        assertThat(last.expected()).isEqualTo("allow");
        assertThat(last.actual()).isEqualTo("deny EPERM");
        assertThat(last.decision().request().words()).isEqualTo("connect tcp 192.0.2.1:80");
    }

    @Test
    void reportsWhatAWorkloadCanReach() {
        ReachReport reach = web().reach();
        ReachReport.HookReach connect = reach.hooks().stream()
                .filter(hook -> hook.hook().equals("connect4"))
                .findFirst()
                .orElseThrow();
        assertThat(connect.complete()).isTrue();
        assertThat(String.join("\n", connect.allowed())).contains("partners");
        ReachReport.BlockReach egress = block(reach, "egress");
        assertThat(egress.present()).isTrue();
        assertThat(egress.bypasses())
                .anyMatch(bypass -> bypass.status() == ReachReport.Status.CLOSED)
                .anyMatch(bypass -> bypass.closedBy() == ReachReport.Closing.ELSEWHERE)
                .noneMatch(bypass -> bypass.status() == ReachReport.Status.NOT_APPLICABLE);
        assertThat(block(reach, "devices").present()).isFalse();
        assertThat(web().reach(1).hooks()).anyMatch(hook -> !hook.complete());
        assertThatThrownBy(() -> web().reach(0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static ReachReport.BlockReach block(ReachReport reach, String name) {
        Optional<ReachReport.BlockReach> found = reach.blocks().stream()
                .filter(block -> block.block().equals(name))
                .findFirst();
        return found.orElseThrow();
    }
}
