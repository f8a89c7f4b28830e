// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.syntax.PolicyParser;
import org.ringwall.testkit.Allocated;

class PolicyCheckerTest {
    private static CheckResult check(String text) {
        return PolicyChecker.check(
                PolicyParser.parse(new SourceFile("p.wall", text)).file().orElseThrow(), Options.NONE);
    }

    private static List<Code> codes(String text) {
        return check(text).diagnostics().stream().map(Diagnostic::code).toList();
    }

    private static Policy policy(String text) {
        CheckResult result = check(text);
        assertThat(result.policy()).as("%s", result.diagnostics()).isPresent();
        return result.policy().get();
    }

    @Test
    void keepsSourceOrderOfBlocks() {
        Policy policy =
                policy("policy p\nbind { default allow }\non connect4 { default allow }\negress { default allow }");
        assertThat(policy.blocks().stream().map(Block::target).map(Block.Target::text))
                .containsExactly("bind", "on connect4", "egress");
    }

    @Test
    void theWorkForAHundredThousandPrefixesIsLinear() throws Exception {
        long few = checked(25_000).bytes();
        Allocated<Policy> many = checked(100_000);
        assertThat(many.bytes()).isLessThan(few * Allocated.LINEAR_FOR_FOURFOLD);
        Guard guard = many.result().blocks().get(0).rules().get(0).guard();
        assertThat(((Guard.AddressIn) guard).set().v4().intervals()).hasSize(1);
    }

    private static Allocated<Policy> checked(int count) throws Exception {
        String prefixes = IntStream.range(0, count)
                .mapToObj(i -> "%d.%d.%d.0/24".formatted(i >> 16 & 255, i >> 8 & 255, i & 255))
                .collect(Collectors.joining(",\n"));
        SourceFile file = new SourceFile(
                "p.wall",
                "policy p\nset all = {\n" + prefixes + "\n}\negress { deny if remote.ip in all; default allow }");
        var tree = PolicyParser.parse(file).file().orElseThrow();
        return Allocated.by(
                () -> PolicyChecker.check(tree, Options.NONE).policy().orElseThrow());
    }

    @Test
    void resolvesALongChainOfSetsInEitherOrder() {
        String forwards = IntStream.range(1, 5_000)
                .mapToObj(i -> "set s%d = { s%d }".formatted(i, i - 1))
                .collect(Collectors.joining("\n"));
        String backwards = IntStream.range(1, 5_000)
                .mapToObj(i -> "set s%d = { s%d }".formatted(5_000 - i, 4_999 - i))
                .collect(Collectors.joining("\n"));
        for (String chain : List.of(forwards, backwards)) {
            String text =
                    "policy p\n" + chain + "\nset s0 = { 443 }\negress { allow if remote.port in s4999; default deny }";
            Guard guard = policy(text).blocks().get(0).rules().get(0).guard();
            assertThat(((Guard.In) guard).set().toString()).isEqualTo("{443}");
        }
    }

    @Test
    void aSetThatIsNamedTwiceAddsItsElementsOnce() {
        String chain = IntStream.range(1, 60)
                .mapToObj(i -> "set s%d = { s%d, char %d:0, s%d }".formatted(i, i - 1, i, i - 1))
                .collect(Collectors.joining("\n"));
        String text = "policy p\nset s0 = { char 1:3 }\n" + chain + "\ndevices { allow if dev in s59; default deny }";
        Guard guard = policy(text).blocks().get(0).rules().get(0).guard();
        assertThat(((Guard.DeviceIn) guard).ranges()).hasSize(60);
    }

    /** VerdictReader relies on this for every hook that a block can have. */
    @Test
    void knowsTheFirstKernelWithErrnosAtEachHook() {
        assertThat(Hook.values())
                .filteredOn(hook -> hook.denial().isPresent())
                .isNotEmpty()
                .allSatisfy(hook -> {
                    boolean packets = hook == Hook.SKB_INGRESS || hook == Hook.SKB_EGRESS;
                    assertThat(Helper.SET_RETVAL.since(hook))
                            .isEqualTo(
                                    packets
                                            ? Optional.empty()
                                            : Optional.of(new KernelVersion(5, 18).max(hook.since())));
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true  | allow if local.port in 8080..8090",
                "false | allow if local.port in 0..8090",
                "false | allow if uid == 0",
                "false | allow",
                "true  | allow if uid in {}",
                "true  | allow if uid == 0 and local.port > 0",
                "false | allow if uid == 0 or local.port > 0",
                "false | allow if not local.port != 0",
                "true  | allow if not local.port == 0",
                "false | allow if local.port == low",
                "true  | allow if local.port == high",
                "false | allow if local.port != high",
                "false | allow if local.port < high",
                "true  | allow if local.port >= high",
                "true  | deny; allow",
                "true  | deny if local.port == 0; allow",
                "false | deny if local.port == 0 and uid == 0; allow",
            })
    void warnsIfNoProcessCanBindToPortZero(boolean warns, String rules) {
        String text = "policy p\nparam low : port in 0..9 = 1\nparam high : port in 1..9 = 1\n"
                + "sockets { deny if proto == 200; default allow }\nbind { " + rules + "; default deny }";
        assertThat(codes(text).contains(Code.BIND_PORT_ZERO)).isEqualTo(warns);
    }

    @Test
    void usesTheKernelOfThePolicyIfNoTargetIsGiven() {
        assertThat(Options.NONE.effective(Optional.empty())).containsExactly(KernelVersion.V5_10);
        assertThat(Options.NONE.effective(Optional.of(KernelVersion.V6_1))).containsExactly(KernelVersion.V6_1);
        assertThat(Options.NONE.effective(Optional.of(new KernelVersion(4, 19))))
                .containsExactly(KernelVersion.V5_10);
        assertThat(new Options(List.of(KernelVersion.V6_12), ByteOrder.LITTLE_ENDIAN)
                        .effective(Optional.of(KernelVersion.V6_1)))
                .containsExactly(KernelVersion.V6_12);
    }

    @Test
    void reportsAFailedNameOnce() {
        assertThat(codes("policy p\nset a = { 1.2.3.999 }\nset b = { a }\negress {\n"
                        + "allow if remote.ip in a\nallow if remote.ip in b\nallow if remote.port in { a, 99999 }\n"
                        + "default deny }"))
                .containsExactly(Code.OCTET_RANGE, Code.NUMBER_RANGE);
    }

    @Test
    void reportsEverySetOfACircleOnce() {
        assertThat(codes("policy p\nset a = { b }\nset b = { a }\nset c = { a }\n"
                        + "egress { allow if remote.ip in c; default deny }"))
                .containsExactly(Code.SET_CYCLE);
    }
}
