// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.conformance.kernel.Answer;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.OptionCall;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * A test of socket options through the real hooks: every family, long values, short buffers, and
 * degenerate blocks.
 */
@KernelTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OptionCallsKernelTest {
    private static final Actor ROOT = new Actor(0, 0);
    private static final int EPERM = 1;
    private static final int EFAULT = 14;
    private static final int EACCES = 13;
    private static final int ENOPROTOOPT = 92;
    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_KEEPALIVE = 9;
    private static final int SO_MARK = 36;

    private static final OptionCall KEEPALIVE = set(SO_KEEPALIVE, number(1));

    /** Calls whose result must be the same without a policy and under one that allows them. */
    private record NamedCall(String name, OptionCall call) {}

    private static final List<NamedCall> HARMLESS = List.of(
            new NamedCall("a value longer than a page", set(SO_KEEPALIVE, ByteString.of(new byte[] {1}, 8192))),
            new NamedCall("a value of exactly a page", set(SO_KEEPALIVE, ByteString.of(new byte[] {1}, 4096))),
            new NamedCall("an empty value", set(SO_KEEPALIVE, ByteString.of(new byte[0]))),
            new NamedCall("an answer into a buffer longer than a page", get(SO_TYPE, 8192)),
            new NamedCall("an answer into a short buffer", get(SO_TYPE, 2)),
            new NamedCall("an answer into no buffer", get(SO_TYPE, 0)),
            new NamedCall("a failure with a long buffer", get(9999, 8192)),
            new NamedCall("a failure with a short buffer", get(9999, 1)));

    @TempDir
    private Path folder = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final ProbeProcess probe = ProbeProcess.in(cgroup.path());

    @AfterAll
    void end() {
        probe.close();
        cgroup.close();
    }

    @TestFactory
    Stream<DynamicTest> allowedCallsBehaveAsWithoutAPolicy() {
        return HARMLESS.stream()
                .map(each -> DynamicTest.dynamicTest(
                        each.name(),
                        () -> under(
                                "sockopt { deny if option == SO_MARK and optval == 7; default allow }",
                                probe -> probe.option(ROOT, each.call()),
                                (free, bound) -> assertThat(bound).isEqualTo(free))));
    }

    /**
     * `SO_GET_FILTER` returns a number of instructions, whatever the buffer's length: a bare
     * program would turn that into EFAULT.
     */
    @Test
    void aResultLongerThanTheBufferReachesTheCaller() {
        under("sockopt { default allow }", probe -> probe.filterLength(ROOT), (free, bound) -> {
            assertThat(free).isEqualTo(new Answer(0, "getsockopt:3:"));
            assertThat(bound).isEqualTo(free);
            assertThat(bound.errno()).isNotEqualTo(EFAULT);
        });
    }

    @TestFactory
    Stream<DynamicTest> theHookRunsForEverySocketFamily() {
        return Stream.of(
                        new NamedCall("unix", new OptionCall(true, 1, 1, 0, SOL_SOCKET, 16, number(1))),
                        new NamedCall("netlink", new OptionCall(true, 16, 3, 0, 270, 10, number(1))),
                        new NamedCall("packet", new OptionCall(true, 17, 3, 0, 263, 8, number(1))),
                        new NamedCall("mptcp", new OptionCall(true, 2, 1, 262, SOL_SOCKET, SO_KEEPALIVE, number(1))),
                        new NamedCall("inet6", new OptionCall(true, 10, 1, 6, 41, 26, number(1))),
                        new NamedCall("unix, reading", new OptionCall(false, 1, 1, 0, SOL_SOCKET, SO_TYPE, number(0))))
                .map(each -> DynamicTest.dynamicTest(each.name(), () -> {
                    if (each.name().equals("mptcp")) {
                        RunningKernel.needs(5, 11, "MPTCP as distributions build it");
                    }
                    under("sockopt { default deny }", probe -> probe.option(ROOT, each.call()), (free, bound) -> {
                        assertThat(free.errno()).isZero();
                        assertThat(bound.errno()).isEqualTo(EPERM);
                    });
                }));
    }

    /**
     * The kernel fills the buffer before it invokes the hook: a denial returns an errno, but keeps
     * nothing secret.
     */
    @Test
    void aDeniedGetsockoptStillFillsTheBuffer() {
        under(
                "sockopt { deny if read; default allow }",
                probe -> probe.option(ROOT, get(SO_TYPE, 4)),
                (free, bound) -> {
                    assertThat(free).isEqualTo(new Answer(0, "getsockopt:4:01000000"));
                    assertThat(bound).isEqualTo(new Answer(EPERM, "getsockopt:4:01000000"));
                });
    }

    @Test
    void aDenialOverridesTheKernelsErrno() {
        RunningKernel.needs(5, 18, "choice of errno (bpf_set_retval)");
        String block = "requires kernel 6.1\nsockopt { deny EACCES if read; default allow }";
        under(block, probe -> probe.option(ROOT, get(9999, 4)), (free, bound) -> {
            assertThat(free.errno()).isEqualTo(ENOPROTOOPT);
            assertThat(bound.errno()).isEqualTo(EACCES);
        });
        under("sockopt { deny if read; default allow }", probe -> probe.option(ROOT, get(9999, 4)), (free, bound) -> {
            assertThat(free.errno()).isEqualTo(ENOPROTOOPT);
            assertThat(bound.errno()).isEqualTo(EPERM);
        });
    }

    /**
     * The hook runs before the kernel reads the option, so an option that does not exist is denied
     * instead of reported as unknown.
     */
    @Test
    void theSetsockoptHookRunsBeforeTheKernel() {
        under(
                "sockopt { deny if option == 1:9999; default allow }",
                probe -> probe.option(ROOT, set(9999, number(1))),
                (free, bound) -> {
                    assertThat(free.errno()).isEqualTo(ENOPROTOOPT);
                    assertThat(bound.errno()).isEqualTo(EPERM);
                });
    }

    /** A TTL of one byte is valid: `do_ip_setsockopt`. */
    @Test
    void aShortValueIsNoBypass() {
        OptionCall ttl = new OptionCall(true, 2, 1, 6, 0, 2, ByteString.of(new byte[] {(byte) 200}));
        under(
                "sockopt { deny if option == IP_TTL and optval > 64; default allow }",
                probe -> probe.option(ROOT, ttl),
                (free, bound) -> {
                    assertThat(free.errno()).isZero();
                    assertThat(bound.errno()).isEqualTo(EPERM);
                });
    }

    /** docs/semantics.md section 8. */
    @TestFactory
    Stream<DynamicTest> degenerateBlocksHaveTheirDocumentedMeaning() {
        return Map.of(
                        "sockopt { default allow }",
                        0,
                        "sockopt { default deny }",
                        EPERM,
                        "sockopt { allow if option in {}; default deny }",
                        EPERM,
                        "sockopt { deny if option not in {}; default allow }",
                        EPERM,
                        "sockopt { allow; deny if option == SO_KEEPALIVE; default deny }",
                        0,
                        "on setsockopt { deny if optval == 1 and optlen < 4; default allow }",
                        0,
                        "on getsockopt { default deny }",
                        0,
                        "sockopt a { default allow }\nsockopt b { default deny }",
                        EPERM)
                .entrySet()
                .stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> under(entry.getKey(), probe -> probe.option(ROOT, KEEPALIVE), (free, bound) -> {
                            assertThat(free.errno()).isZero();
                            assertThat(bound.errno()).isEqualTo(entry.getValue());
                        })));
    }

    /** With two policies on one cgroup, the second sees the length that the first has set. */
    @Test
    void aSecondPolicyStillTestsALongValue() {
        String block = "sockopt { deny if option == SO_MARK and optval == 7; default allow }";
        try (Enforced first = Enforced.on(cgroup, object("first", "sockopt { default allow }"), Map.of());
                Enforced second = Enforced.on(cgroup, object("second", block), Map.of())) {
            OptionCall whole = set(SO_MARK, ByteString.of(number(7).toArray(), 4096));
            OptionCall longer = set(SO_MARK, ByteString.of(number(7).toArray(), 4097));
            assertThat(probe.option(ROOT, whole).errno()).isEqualTo(EPERM);
            assertThat(probe.option(ROOT, longer).errno()).isEqualTo(EPERM);
            OptionCall other = set(SO_MARK, ByteString.of(number(8).toArray(), 4097));
            assertThat(probe.option(ROOT, other).errno()).isZero();
        }
    }

    /**
     * SO_RCVLOWAT doubles its value for the receive buffer, so that a limit of SO_RCVBUF alone is
     * bypassed.
     */
    @Test
    void limitingTheReceiveBufferRequiresLimitingSoRcvlowat() {
        String limited =
                "on setsockopt { when option in { OPTIONS } and optval > 65536 { assign optval = 65536 }; default allow }";
        assertThat(grownBuffer(limited.replace("OPTIONS", "SO_RCVBUF"))).isGreaterThan(1_000_000);
        assertThat(grownBuffer(limited.replace("OPTIONS", "SO_RCVBUF, SO_RCVLOWAT")))
                .isBetween(1, 131_072);
    }

    private int grownBuffer(String block) {
        String script = """
                from socket import *
                with socket() as stream:
                    stream.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 1000000)
                    print(stream.getsockopt(SOL_SOCKET, SO_RCVBUF))
                """;
        try (Enforced enforced = Enforced.on(cgroup, object("options", block), Map.of())) {
            assertThat(enforced.programs()).isNotEmpty();
            return Integer.parseInt(Scripts.run(folder, cgroup.path(), Set.of(), script)
                    .succeeded()
                    .strip());
        }
    }

    private void under(String block, Function<ProbeProcess, Answer> call, BiConsumer<Answer, Answer> proves) {
        Answer free = call.apply(probe);
        try (Enforced enforced = Enforced.on(cgroup, object("options", block), Map.of())) {
            proves.accept(free, call.apply(probe));
        }
        assertThat(call.apply(probe)).as("after removal").isEqualTo(free);
    }

    private static BpfObject object(String name, String block) {
        return Samples.compileWithWarnings("options.wall", "policy " + name + "\n" + block + "\n")
                .object();
    }

    private static OptionCall set(int number, ByteString value) {
        return new OptionCall(true, 2, 1, 6, SOL_SOCKET, number, value);
    }

    private static OptionCall get(int number, int size) {
        return new OptionCall(false, 2, 1, 6, SOL_SOCKET, number, ByteString.of(new byte[0], size));
    }

    private static ByteString number(int value) {
        return ByteString.of(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }
}
