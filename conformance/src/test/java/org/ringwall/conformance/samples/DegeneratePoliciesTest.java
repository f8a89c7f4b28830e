// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.testrunner.PolicyTestRunner;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.RealCalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Step;

/**
 * A test of docs/semantics.md section 8: each degenerate form of a policy has the same meaning in
 * every block. An allow list without elements, for example, denies everything. Each block of the
 * first table is combined with each form of the second; the block replaces FIELD, VALUE and EFFECT.
 */
class DegeneratePoliciesTest {
    /**
     * Block, field, a value of it, a test line that invokes the hook, and the system call if the
     * line is not one.
     */
    private static final List<Kind> DECIDING = kinds("""
            egress             | remote.ip  | 127.0.0.0/8     | connect tcp 127.0.0.1:9         |
            bind               | local.ip   | 127.0.0.0/8     | bind tcp 127.0.0.1:8080         |
            sockets            | proto      | tcp             | socket inet stream              |
            devices            | dev        | "/dev/null"     | open "/dev/null" r              |
            sysctl             | name       | "kernel/ostype" | read "kernel/ostype"            |
            sockopt            | option     | SO_KEEPALIVE    | setsockopt SO_KEEPALIVE = 1     |
            packets egress     | remote.ip  | 127.0.0.0/8     | packet egress udp 127.0.0.1:9 local 127.0.0.1:40000  |
            packets ingress    | remote.ip  | 127.0.0.0/8     | packet ingress udp 127.0.0.1:9 local 127.0.0.1:40000 |
            on connect4        | remote.ip  | 127.0.0.0/8     | connect tcp 127.0.0.1:9         |
            on connect6        | remote.ip  | ::1             | connect tcp [::1]:9             |
            on sendmsg4        | remote.ip  | 127.0.0.0/8     | send udp 127.0.0.1:9            |
            on sendmsg6        | remote.ip  | ::1             | send udp [::1]:9                |
            on bind4           | local.ip   | 127.0.0.0/8     | bind tcp 127.0.0.1:8080         |
            on bind6           | local.ip   | ::1             | bind tcp [::1]:8080             |
            on post_bind4      | local.ip   | 127.0.0.0/8     | bound tcp 127.0.0.1:8080        | bind tcp 127.0.0.1:8080
            on post_bind6      | local.port | 8080            | bound tcp [::1]:8080            | bind tcp [::1]:8080
            on sock_create     | type       | stream          | socket inet stream              |
            on device          | dev.major  | 1               | open "/dev/null" r              |
            on sysctl          | name       | "kernel/ostype" | read "kernel/ostype"            |
            on getsockopt      | optname    | 9               | getsockopt SO_KEEPALIVE         |
            on setsockopt      | option     | SO_KEEPALIVE    | setsockopt SO_KEEPALIVE = 1     |
            on connect_unix    | path       | "@nobody"       | connect unix "@nobody"          |
            on sendmsg_unix    | path       | "@nobody"       | send unix "@nobody"             |
            on skb_egress      | remote.port| 9               | packet egress udp 127.0.0.1:9 local 127.0.0.1:40000  |
            on skb_ingress     | proto      | udp             | packet ingress udp 127.0.0.1:9 local 127.0.0.1:40000 |
            """);

    /**
     * Block, field, value, line, and an effect. {@link EveryHookKernelTest} covers what callers see
     * of these.
     */
    private static final List<Kind> NON_DENYING = kinds("""
            on recvmsg4        | remote.ip  | 127.0.0.0/8     | receive udp 127.0.0.1:53        | assign remote.port = 1
            on recvmsg6        | remote.ip  | ::1             | receive udp [::1]:53            | assign remote.port = 1
            on getpeername4    | remote.ip  | 127.0.0.0/8     | peername tcp 127.0.0.1:80       | assign remote.port = 1
            on getpeername6    | remote.ip  | ::1             | peername tcp [::1]:80           | assign remote.port = 1
            on getsockname4    | local.ip   | 127.0.0.0/8     | sockname tcp 127.0.0.1:80       | assign local.port = 1
            on getsockname6    | local.ip   | ::1             | sockname tcp [::1]:80           | assign local.port = 1
            on recvmsg_unix    | path       | "@nobody"       | receive unix "@nobody"          | assign path = "@shown"
            on getpeername_unix | path      | "@nobody"       | peername unix "@nobody"         | assign path = "@shown"
            on getsockname_unix | path      | "@nobody"       | sockname unix "@nobody"         | assign path = "@shown"
            on sock_release    | type       | stream          | close inet stream               | assign mark = 1
            on sock_ops        | remote.ip  | 127.0.0.0/8     | event rwnd_init 127.0.0.1:80    | reply 1
            """);

    /**
     * Form, rules of the block, the codes that the compiler reports, and the outcome ({@code -} if
     * it does not compile). {@code W0701?} is reported only if the field is always known: otherwise
     * a guard and its negation are unknown too, and a {@code deny} on an unknown condition denies.
     * {@code W0701??} is reported except for packets, where a comparison with an empty set may be
     * unknown too.
     */
    private static final List<Form> VERDICTS = forms("""
            nothing at all              |                                                        | E0501       | -
            only an allowing default    | default allow                                          |             | allow
            only a denying default      | default deny                                           |             | deny
            an empty allow list         | allow if FIELD in {}; default deny                     | W0701 W0706 | deny
            an empty set allowed        | allow if FIELD in none; default deny                   | W0701 W0706 | deny
            a set minus itself allowed  | allow if FIELD in { VALUE } except { VALUE }; default deny | W0701 W0706 | deny
            an empty deny list          | deny if FIELD in {}; default allow                     | W0701?? W0706 | allow
            a set minus itself denied   | deny if FIELD in gone; default allow                   | W0701?? W0706 | allow
            all but nothing allowed     | allow if FIELD not in {}; default deny                 | W0706       | allow
            all but nothing denied      | deny if FIELD not in gone; default allow               | W0706       | deny
            allowed before anything     | allow; deny if FIELD in { VALUE }; default deny        | W0701       | allow
            denied before anything      | deny; allow if FIELD in { VALUE }; default allow       | W0701       | deny
            a contradiction allowed     | allow if FIELD in { VALUE } and FIELD not in { VALUE }; default deny | W0701 | deny
            a contradiction denied      | deny if FIELD in { VALUE } and FIELD not in { VALUE }; default allow | W0701? | allow
            a tautology allowed         | allow if FIELD in { VALUE } or FIELD not in { VALUE }; default deny  |       | allow
            a tautology denied          | deny if FIELD in { VALUE } or FIELD not in { VALUE }; default allow  |       | deny
            """);

    private static final List<Form> EFFECTS = forms("""
            nothing at all              |                                                        | E0524       | -
            an allowing default         | default allow                                          | E0521       | -
            a denying default           | default deny                                           | E0521       | -
            a denial behind nothing     | deny if FIELD in {}                                    | E0521       | -
            an effect behind nothing    | when FIELD in {} { EFFECT }                            | W0701 W0706 | allow {}
            a set minus itself          | when FIELD in gone { EFFECT }                          | W0701 W0706 | allow {}
            a contradiction             | when FIELD in { VALUE } and FIELD not in { VALUE } { EFFECT } | W0701 | allow {}
            all but nothing             | when FIELD not in {} { EFFECT }                        | W0706       | allow { EFFECT }
            a tautology                 | when FIELD in { VALUE } or FIELD not in { VALUE } { EFFECT }  |       | allow { EFFECT }
            """);

    /** A block and its replacements for the placeholders of a form. */
    private record Kind(String block, String field, String value, String line, String last) {
        /**
         * Returns whether the field may be unknown: packets can hide their headers, and some names
         * of Unix sockets are ambiguous.
         */
        boolean mayBeUnknown() {
            return Stream.of("packets", "skb", "unix").anyMatch(block::contains);
        }

        boolean isOfPackets() {
            return Stream.of("packets", "skb").anyMatch(block::contains);
        }

        String in(String form) {
            return form.replace("FIELD", field).replace("VALUE", value).replace("EFFECT", last);
        }
    }

    private record Form(String name, String rules, Set<String> codes, String outcome) {}

    /** A form applied to a block. */
    private record Policy(Kind kind, Form form) {
        Set<String> expected() {
            return form.codes().stream()
                    .filter(code ->
                            code.endsWith("??") ? !kind.isOfPackets() : !code.endsWith("?") || !kind.mayBeUnknown())
                    .map(code -> code.replace("?", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        /**
         * Returns the reported codes, without the W0702 about port 0 in `bind`, which denying forms
         * also get.
         */
        Set<String> said(CompileResult result) {
            boolean bind = kind.block().equals("bind") && form.outcome().equals("deny");
            return result.diagnostics().stream()
                    .map(diagnostic -> diagnostic.code().id())
                    .filter(code -> !bind || !code.equals("W0702"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        String name() {
            return kind.block() + ": " + form.name();
        }

        SourceFile source() {
            String rules = kind.in(form.rules());
            StringBuilder text = new StringBuilder("policy degenerate\n");
            KernelVersion since = Hook.ofWord(kind.block().replace("on ", ""))
                    .map(Hook::since)
                    .orElse(KernelVersion.V5_10);
            if (since.atLeast(KernelVersion.V6_1)) {
                text.append("requires kernel ").append(since).append('\n');
            }
            if (rules.contains(" none")) {
                text.append("set none = {}\n");
            }
            if (rules.contains(" gone")) {
                text.append(kind.in("set gone = { VALUE } except { VALUE }\n"));
            }
            text.append(kind.block()).append(" {\n").append(rules).append("\n}\n");
            text.append("test \"t\" { ").append(kind.line()).append(" => ").append(kind.in(form.outcome()));
            return new SourceFile(
                    "degenerate.wall", text.append(" }\n").toString().replace("=> - }", "=> allow }"));
        }

        CompileResult compile(ByteOrder order) {
            return Compiler.compile(source(), new Settings(List.of(), order, Map.of()));
        }
    }

    private static List<Kind> kinds(String table) {
        return table.lines()
                .map(line -> line.split("\\|", -1))
                .map(cells -> new Kind(
                        cells[0].strip(), cells[1].strip(), cells[2].strip(), cells[3].strip(), cells[4].strip()))
                .toList();
    }

    private static List<Form> forms(String table) {
        return table.lines()
                .map(line -> line.split("\\|", -1))
                .map(cells -> new Form(cells[0].strip(), cells[1].strip(), codes(cells[2]), cells[3].strip()))
                .toList();
    }

    private static Set<String> codes(String cell) {
        return Stream.of(cell.strip().split(" "))
                .filter(code -> !code.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Policy> policies(List<Kind> kinds, List<Form> forms) {
        return kinds.stream()
                .flatMap(kind -> forms.stream().map(form -> new Policy(kind, form)))
                .toList();
    }

    private static List<Policy> all() {
        List<Policy> all = new ArrayList<>(policies(DECIDING, VERDICTS));
        all.addAll(policies(NON_DENYING, EFFECTS));
        return all;
    }

    @Test
    void everyBlockIsInTheTable() {
        Set<String> blocks = new TreeSet<>();
        Stream.of(Intent.values()).forEach(intent -> blocks.add(intent.text()));
        Stream.of(Hook.values()).forEach(hook -> blocks.add("on " + hook.word()));
        Set<String> rows = Stream.concat(DECIDING.stream(), NON_DENYING.stream())
                .map(Kind::block)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(rows).isEqualTo(blocks);
    }

    /**
     * Checks the diagnostics, and the verdicts of the machine against the reference
     * ({@link PolicyTestRunner}), in both byte orders.
     */
    @TestFactory
    Stream<DynamicTest> diagnosticsAndMachineVerdictsMatchTheTable() {
        return all().stream()
                .map(policy -> DynamicTest.dynamicTest(policy.name(), () -> {
                    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                        CompileResult result = policy.compile(order);
                        assertThat(policy.said(result))
                                .as(policy.source().text())
                                .isEqualTo(policy.expected());
                        assertThat(result.compilation().isEmpty())
                                .isEqualTo(policy.form().outcome().equals("-"));
                        result.compilation()
                                .ifPresent(made -> assertThat(
                                                PolicyTestRunner.run(made.policy(), made.object(), made.oldestKernel()))
                                        .as(policy.source().text())
                                        .hasSize(1)
                                        .allMatch(test -> test.passed()));
                    }
                }));
    }

    /**
     * Checks the verdict forms with real system calls as root, so that only the policy can deny
     * them.
     */
    @TestFactory
    @KernelTest
    Stream<DynamicTest> theKernelDecidesAsTheTableSays() {
        ChildCgroup cgroup = ChildCgroup.make();
        ProbeProcess process = ProbeProcess.in(cgroup.path());
        RealCalls calls = new RealCalls(process);
        List<Policy> decided = policies(DECIDING, VERDICTS).stream()
                .filter(policy -> !policy.form().outcome().equals("-"))
                .toList();
        return Step.through(decided)
                .map(policy -> DynamicTest.dynamicTest(policy.name(), () -> proves(policy, cgroup, calls)))
                .onClose(cgroup::close)
                .onClose(process::close)
                .onClose(calls::close);
    }

    private static void proves(Policy policy, ChildCgroup cgroup, RealCalls calls) {
        Compilation compilation =
                policy.compile(ByteOrder.nativeOrder()).compilation().orElseThrow();
        compilation
                .policy()
                .requires()
                .ifPresent(floor -> RunningKernel.needs(
                        floor.major(), floor.minor(), policy.kind().block()));
        Probe probe = policy.kind().last().isEmpty() ? probe(compilation) : probe(call(policy.kind()));
        Actor root = new Actor(0, 0);
        Answer free = calls.make(probe, root);
        assertThat(free.errno()).as("without a policy").isNotEqualTo(EPERM);
        try (Enforced enforced = Enforced.on(cgroup, compilation.object(), Map.of())) {
            Answer answer = calls.make(probe, root);
            boolean denied = policy.form().outcome().equals("deny");
            assertThat(answer.errno()).as(policy.source().text()).isEqualTo(denied ? EPERM : free.errno());
        }
    }

    private static final int EPERM = 1;

    private static Probe probe(Compilation compilation) {
        return compilation.policy().tests().get(0).cases().get(0).probe();
    }

    /** Returns a policy whose only test line is the system call of this kind. */
    private static Compilation call(Kind kind) {
        String text = "policy call\nbind { default allow }\ntest \"t\" { " + kind.last() + " => allow }\n";
        return Samples.compile("call.wall", text);
    }
}
