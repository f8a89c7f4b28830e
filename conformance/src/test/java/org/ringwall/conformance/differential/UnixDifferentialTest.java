package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.driver.CompileResult;
import org.ringwall.compiler.driver.Compiler;
import org.ringwall.compiler.driver.Settings;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.request.Actor;
import org.ringwall.compiler.request.Probe;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.generate.Draw;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyDraw;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.Feasible;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.RealCalls;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** The names of Unix sockets: reference = diagram = machine = kernel. */
class UnixDifferentialTest {
    private static final int EINVAL = 22;
    private static final Settings SETTINGS =
            new Settings(List.of(Hook.CONNECT_UNIX.since()), ByteOrder.LITTLE_ENDIAN, Map.of());

    private final Differential run = Differential.ofProperties(96);

    @ByteOrders
    void diagramsAndProgramsDecideAsTheReference(ByteOrder order) {
        Meaning reference = Meanings.REFERENCE;
        for (Meaning other : List.of(Meanings.DIAGRAM, new MachineMeaning(), new TextMeaning(reference))) {
            for (int i = 0; i < Math.max(20, run.policies() / 10); i++) {
                GeneratedPolicy policy = PolicyDraw.ofUnix(run.seed() + i);
                if (!compiles(policy)) {
                    continue;
                }
                Draw draw = new Draw(~(run.seed() + i));
                Map<Param, Long> params = policy.params(draw);
                List<Request> asked = policy.requests(draw, params, run.requests());
                Optional<Mismatch> found = Differential.find(policy.policy(), params, order, asked, reference, other);
                String what = found.map(mismatch -> mismatch.describe(run.seed(), policy.text()))
                        .orElse("");
                assertThat(found).as(what).isEmpty();
            }
        }
    }

    /** Patterns that together need more states than a program may have are refused, with a code of their own and no other. */
    private static boolean compiles(GeneratedPolicy policy) {
        CompileResult result = Compiler.compile(new SourceFile("generated.wall", policy.text()), SETTINGS);
        if (result.compilation().isEmpty()) {
            assertThat(result.diagnostics())
                    .as(policy.text())
                    .anyMatch(diagnostic -> diagnostic.code() == Code.TOO_MANY_PATTERNS);
        }
        return result.compilation().isPresent();
    }

    @Test
    @KernelTest
    void theKernelDecidesAsTheReference() {
        RunningKernel.needs(6, 7, "hooks at unix sockets");
        int denied = 0;
        int allowed = 0;
        try (ChildCgroup free = ChildCgroup.make();
                ChildCgroup bound = ChildCgroup.make();
                ProbeProcess outside = ProbeProcess.in(free.path());
                ProbeProcess inside = ProbeProcess.in(bound.path());
                RealCalls without = new RealCalls(outside);
                RealCalls under = new RealCalls(inside)) {
            for (int i = 0; i < Math.max(8, run.policies() / 100); i++) {
                GeneratedPolicy policy = PolicyDraw.ofUnix(run.seed() + i);
                if (!compiles(policy) || policy.text().contains("cookie")) {
                    continue; // nobody foresees the cookie of the next socket
                }
                Draw draw = new Draw(~(run.seed() + i));
                Map<Param, Long> params = policy.params(draw);
                Feasible feasible = new Feasible(draw, inside.caller());
                Map<Probe, Answer> before = new LinkedHashMap<>();
                policy.requests(draw, params, run.requests()).stream()
                        .flatMap(request -> feasible.probe(request).stream())
                        .forEach(probe -> before.put(probe, without.make(probe, actor(probe))));
                try (Enforced enforced = Enforced.on(bound, object(policy), params)) {
                    for (Map.Entry<Probe, Answer> entry : before.entrySet()) {
                        Request request = entry.getKey().requests().get(0);
                        Answer answer = under.make(entry.getKey(), actor(entry.getKey()));
                        Verdict verdict = Reference.decide(policy.policy(), params, request)
                                .verdict();
                        String what = policy.text() + params + request + "\nwithout " + entry.getValue();
                        boolean asked = entry.getValue().errno() != EINVAL;
                        if (asked && verdict instanceof Verdict.Deny deny) {
                            assertThat(answer.errno())
                                    .as(what)
                                    .isEqualTo(deny.errno().number());
                            denied++;
                        } else {
                            assertThat(answer).as(what).isEqualTo(entry.getValue());
                            allowed++;
                        }
                    }
                }
            }
        }
        System.out.printf("kernel = reference about Unix sockets: %d denied, %d allowed%n", denied, allowed);
        assertThat(denied).isPositive();
        assertThat(allowed).isPositive();
    }

    private static Actor actor(Probe probe) {
        return probe.requests().get(0).actor();
    }

    private static BpfObject object(GeneratedPolicy policy) {
        return Compiler.compile(new SourceFile("generated.wall", policy.text()), SETTINGS)
                .compilation()
                .orElseThrow()
                .object();
    }
}
