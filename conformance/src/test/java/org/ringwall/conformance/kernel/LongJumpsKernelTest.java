// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.U128;
import org.ringwall.testkit.HangGuard;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test that a program larger than a jump of 16 bits reaches is loaded by a kernel with jumps of
 * 32 bits, and decides at its beginning, in its middle and at its end.
 */
@KernelTest
class LongJumpsKernelTest {
    private static final int RULES = 9_000;
    private static final int UDP = 17;

    /** Rules that also test a name are not combined in tables. */
    private static BpfObject compiled() {
        String text = IntStream.range(0, RULES)
                .mapToObj(i -> "  deny if comm != \"me\" and remote.ip == 127.1.%d.%d and uid == %d\n"
                        .formatted(i >> 8, i & 255, i + 1))
                .collect(Collectors.joining("", "policy far\non connect4 {\n", "  default allow\n}\n"));
        Settings settings = new Settings(List.of(KernelVersion.V6_12), ByteOrder.nativeOrder(), Map.of());
        return Compiler.compile(new SourceFile("far.wall", text), settings)
                .compilation()
                .orElseThrow()
                .object();
    }

    @Test
    @HangGuard
    void aProgramBeyondShortJumpsDecides() {
        RunningKernel.needs(6, 6, "jumps of 32 bits");
        BpfObject object = compiled();
        assertThat(object.programs())
                .anySatisfy(program -> assertThat(program.slots()).isGreaterThan(Short.MAX_VALUE));
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess process = ProbeProcess.in(cgroup.path());
                Enforced enforced = Enforced.on(cgroup, object, Map.of())) {
            assertThat(enforced.programs()).isNotEmpty();
            for (int i : List.of(0, 1, 255, 256, RULES / 2, RULES - 2, RULES - 1)) {
                assertThat(connect(process, i, i + 1)).as("rule %s", i).isEqualTo(Errno.EPERM.number());
                assertThat(connect(process, i, i + 2)).as("beside rule %s", i).isZero();
            }
            assertThat(connect(process, RULES, RULES)).isZero();
        }
    }

    /** Returns the errno of connecting a datagram socket, which sends nothing. */
    private static int connect(ProbeProcess process, int rule, int uid) {
        RawAddress to = new RawAddress(true, U128.of(0x7f01_0000L + rule));
        return process.socket(new Actor(uid, 0), new SocketCall(SocketCall.Operation.CONNECT, 2, 2, UDP, to, 9))
                .errno();
    }
}
