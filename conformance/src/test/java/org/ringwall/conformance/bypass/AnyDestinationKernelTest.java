// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.conformance.bypass.BypassProcess.End;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Step;

/**
 * Tests that the destination "any" is 127.0.0.1 for every socket, whatever its source, under a
 * policy that distinguishes addresses.
 */
@KernelTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnyDestinationKernelTest {
    /** The result of a call that reached another address than 127.0.0.1 or failed unexpectedly. */
    private static final int ELSEWHERE = -1;

    private static final Set<Integer> NO_MPTCP =
            Set.of(Errno.EPROTONOSUPPORT.number(), Errno.ENOPROTOOPT.number(), Errno.EINVAL.number());

    private final ChildCgroup inside = ChildCgroup.make();
    private final ChildCgroup outside = ChildCgroup.make();
    private final BpfObject loopbackAlone = compile("egress { allow if remote.ip == 127.0.0.1; default deny }");
    private final BpfObject anything = compile("egress { default allow }");
    private BypassProcess process;

    @BeforeAll
    void start() {
        process = BypassProcess.in(inside.path(), outside.path());
    }

    @AfterAll
    void end() {
        process.close();
        inside.close();
        outside.close();
    }

    static Set<String> calls() {
        return BypassProcess.calls();
    }

    /** Returns all calls on the host, and some in guests, where each call takes a second. */
    static List<String> someCalls() {
        List<String> all = List.copyOf(BypassProcess.calls());
        return IntStream.range(0, all.size())
                .filter(i -> i % Step.SIZE == 0)
                .mapToObj(all::get)
                .toList();
    }

    private static BpfObject compile(String block) {
        return PolicyObjects.of("any.wall", "policy any\n" + block + "\n");
    }

    private void prepare(String call) {
        assertThat(process.prepare(call)).as(call).isEqualTo(new End(0, "ready"));
    }

    private static boolean isBound(String call) {
        return call.endsWith("_ADDRESS");
    }

    /**
     * Without a policy, or with one that does not distinguish addresses, the kernel uses the
     * source as the destination.
     */
    @ParameterizedTest
    @MethodSource("someCalls")
    void anyAddressReachesTheSourceWithoutAnAddressPolicy(String call) {
        assertGoesToTheSource(call, Optional.empty());
        assertGoesToTheSource(call, Optional.of(anything));
    }

    private void assertGoesToTheSource(String call, Optional<BpfObject> policy) {
        prepare(call);
        Optional<Enforced> enforced = policy.map(object -> Enforced.on(inside, object, Map.of()));
        End end = process.take();
        enforced.ifPresent(Enforced::close);
        if (call.contains("MPTCP") && NO_MPTCP.contains(end.errno())) {
            throw RunningKernel.lacks("MPTCP");
        }
        if (call.endsWith("/NONE")) {
            assertThat(end.errno()).as(call + " " + end).isZero();
        } else if (!call.endsWith("UNICAST_IF")) {
            assertThat(end.errno()).as(call + " " + end).isEqualTo(ELSEWHERE);
            assertThat(end.step()).contains("ReachedException");
        }
    }

    @ParameterizedTest
    @MethodSource("calls")
    void anyAddressReachesLoopbackUnderAnAddressPolicy(String call) {
        prepare(call);
        try (Enforced enforced = Enforced.on(inside, loopbackAlone, Map.of())) {
            assertThat(enforced.programs()).isNotEmpty();
            assertLoopbackAlone(call);
        }
    }

    /**
     * During an upgrade, the older version decides and writes its decision; the newer one does not
     * distinguish addresses.
     */
    @ParameterizedTest
    @MethodSource("someCalls")
    void anyAddressReachesLoopbackDuringAnUpgrade(String call) {
        prepare(call);
        try (Enforced before = Enforced.on(inside, "before", anything, Map.of());
                Enforced older = Enforced.on(inside, loopbackAlone, Map.of());
                Enforced after = Enforced.on(inside, "after", anything, Map.of())) {
            older.setOlder(true);
            assertLoopbackAlone(call);
            older.setOlder(false);
        }
    }

    private void assertLoopbackAlone(String call) {
        End end = process.take();
        if (call.contains("MPTCP") && NO_MPTCP.contains(end.errno())) {
            throw RunningKernel.lacks("MPTCP");
        }
        assertThat(end.errno()).as(call + " " + end).isNotEqualTo(ELSEWHERE);
        if (call.endsWith("/NONE") || isBound(call)) {
            assertThat(end.errno()).as(call + " " + end).isZero();
        }
    }
}
