// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.flow.RegisterUse;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.report.ReachReport.BlockReach;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.U128;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.ProbeProcess;
import org.ringwall.conformance.kernel.SocketCall;
import org.ringwall.conformance.kernel.SocketCall.Operation;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of mistakes that published cgroup programs make: each method states one and shows that the
 * compiler avoids it.
 */
class TutorialErrorsTest {
    private static final Actor ROOT = new Actor(0, 0);
    private static final int INET = 2;
    private static final int INET6 = 10;
    private static final int PACKET = 17;
    private static final int PORT = 4660;

    private static final String ALLOW_LIST = """
            policy allow_list
            egress {
              allow if proto == tcp and remote.ip == 127.0.0.1 and remote.port == 4660
              default deny
            }
            """;

    /** Published: user_ip4 at offset 24 and user_port at 28; those are user_port and family. */
    @Test
    void addressIsReadAtFourAndPortAtTwentyFour() {
        assertThat(offset(ContextStruct.SOCK_ADDR, "user_ip4")).isEqualTo(4);
        assertThat(offset(ContextStruct.SOCK_ADDR, "user_port")).isEqualTo(24);
        assertThat(offset(ContextStruct.SOCK_ADDR, "protocol")).isEqualTo(36);
        assertThat(contextLoads(program("cgroup/connect4"))).containsExactlyInAnyOrder(4, 24, 36);
        assertThat(contextLoads(program("cgroup/connect6")))
                .doesNotContain(4, 28)
                .contains(24, 36);
    }

    /**
     * Published: the port, which is in network byte order, is compared with a number in host byte
     * order.
     */
    @Test
    void portIsComparedInNetworkByteOrder() {
        List<Insn> insns = program("cgroup/connect4").insns();
        int swapped = Short.toUnsignedInt(Short.reverseBytes((short) PORT));
        assertThat(insns)
                .anyMatch(insn -> insn instanceof Insn.Jump jump && jump.src().equals(Operand.of(swapped)))
                .noneMatch(insn -> insn instanceof Insn.Jump jump && jump.src().equals(Operand.of(PORT)));
    }

    /** Published: remote_ip4 at offset 20 and remote_port at 28 of struct bpf_sock_ops. */
    @Test
    void remoteEndOfSockOpsIsAtTwentyFourAndSixtyFour() {
        assertThat(offset(ContextStruct.SOCK_OPS, "remote_ip4")).isEqualTo(24);
        assertThat(offset(ContextStruct.SOCK_OPS, "remote_port")).isEqualTo(64);
    }

    /**
     * Published: BPF_SOCK_OPS_TCP_CONNECT_CB is 4. It is 3, and 4 is the next event. No policy
     * writes the number.
     */
    @Test
    void sockOpsEventsAreNotNumbersInAPolicy() {
        String text = "policy events\non sock_ops { deny if op == 4; default allow }\n";
        CompileResult result = Compiler.compile(new SourceFile("events.wall", text), Settings.DEFAULT);
        assertThat(result.compilation()).isEmpty();
        assertThat(result.diagnostics())
                .anySatisfy(found -> assertThat(found.message()).contains("sock_ops"));
    }

    /** Published: r0 is overwritten before its old value is tested, so nothing is ever allowed. */
    @Test
    @KernelTest
    void allowListAllowsWhatItNamesAndDeniesTheRest() {
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess probe = ProbeProcess.in(cgroup.path());
                Enforced enforced = enforce(cgroup, ALLOW_LIST)) {
            assertThat(connect(probe, PORT)).isIn(0, Errno.ECONNREFUSED.number());
            assertThat(connect(probe, PORT + 1)).isEqualTo(Errno.EPERM.number());
        }
    }

    /** Published: connect4 alone, which unconnected datagrams and v4-mapped destinations bypass. */
    @Test
    void egressCompilesToEveryHookThatItNeeds() {
        assertThat(Samples.compile("allow.wall", ALLOW_LIST).object().programs())
                .extracting(ProgramSpec::section)
                .containsExactlyInAnyOrder(
                        "cgroup/connect4",
                        "cgroup/connect6",
                        "cgroup/sendmsg4",
                        "cgroup/sendmsg6",
                        "cgroup/sock_create");
    }

    @Test
    @KernelTest
    void mappedDestinationAndUnconnectedDatagramAreDenied() {
        String policy = "policy no_port\negress { deny if remote.port == 4660; default allow }\n";
        RawAddress mapped = new RawAddress(false, new U128(0, 0xffff_7f00_0001L));
        SocketCall connect = new SocketCall(Operation.CONNECT, INET6, 1, 6, mapped, PORT);
        SocketCall datagram = new SocketCall(Operation.SEND, INET, 2, 17, loopback(), PORT);
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess probe = ProbeProcess.in(cgroup.path());
                Enforced enforced = enforce(cgroup, policy)) {
            assertThat(probe.socket(ROOT, connect).errno()).isEqualTo(Errno.EPERM.number());
            assertThat(probe.socket(ROOT, datagram).errno()).isEqualTo(Errno.EPERM.number());
        }
    }

    /**
     * Published: the parent's programs run first. The innermost cgroup's programs do, and the first
     * denial sets the errno.
     */
    @Test
    @KernelTest
    void theInnerCgroupsErrnoIsReturned() {
        RunningKernel.needs(5, 18, "choice of errno (bpf_set_retval)");
        String outer =
                "policy outer\nrequires kernel 6.1\negress { deny ECONNRESET if remote.port > 4659; default allow }\n";
        String inner =
                "policy inner\nrequires kernel 6.1\negress { deny EACCES if remote.port == 4660; default allow }\n";
        try (ChildCgroup parent = ChildCgroup.make();
                ChildCgroup child = parent.child();
                ProbeProcess probe = ProbeProcess.in(child.path());
                Enforced above = enforce(parent, outer);
                Enforced below = enforce(child, inner)) {
            assertThat(connect(probe, PORT)).isEqualTo(Errno.EACCES.number());
            assertThat(connect(probe, PORT + 1)).isEqualTo(Errno.ECONNRESET.number());
        }
    }

    /**
     * Published: a child's program replaces the parent's. That is BPF_F_ALLOW_OVERRIDE; links are
     * always MULTI.
     */
    @Test
    @KernelTest
    void innerCgroupCannotAllowWhatTheOuterDenies() {
        String outer = "policy outer\negress { deny if remote.port == 4660; default allow }\n";
        String inner = "policy inner\negress { default allow }\n";
        try (ChildCgroup parent = ChildCgroup.make();
                ChildCgroup child = parent.child();
                ProbeProcess probe = ProbeProcess.in(child.path());
                Enforced above = enforce(parent, outer);
                Enforced below = enforce(child, inner)) {
            assertThat(connect(probe, PORT)).isEqualTo(Errno.EPERM.number());
            assertThat(connect(probe, PORT + 1)).isIn(0, Errno.ECONNREFUSED.number());
        }
    }

    /**
     * Published: sock_create denies AF_PACKET. Only inet_create and inet6_create invoke it, so the
     * report must name the gap.
     */
    @Test
    @KernelTest
    void packetSocketsAreReportedAsAGap() {
        String text = "policy no_sockets\nsockets { default deny }\n";
        assertThat(Samples.compile("no_sockets.wall", text).coverage())
                .filteredOn(reach -> reach.block().equals(Intent.SOCKETS.text()))
                .flatMap(BlockReach::bypasses)
                .anySatisfy(bypass -> {
                    assertThat(bypass.id()).isEqualTo("packet-socket");
                    assertThat(bypass.status()).isEqualTo(Status.OUTSIDE);
                });
        try (ChildCgroup cgroup = ChildCgroup.make();
                ProbeProcess probe = ProbeProcess.in(cgroup.path());
                Enforced enforced = enforce(cgroup, text)) {
            assertThat(made(probe, INET)).isEqualTo(Errno.EPERM.number());
            assertThat(made(probe, PACKET)).isZero();
        }
    }

    private static int offset(ContextStruct struct, String field) {
        return struct.field(field).map(ContextField::offset).orElseThrow();
    }

    private static ProgramSpec program(String section) {
        return Samples.compile("allow.wall", ALLOW_LIST).object().programs().stream()
                .filter(program -> program.section().equals(section))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Returns the offsets of loads from the context: through r1, its copies in registers, and its
     * spills, in code order.
     */
    private static List<Integer> contextLoads(ProgramSpec program) {
        Set<Reg> context = EnumSet.of(Reg.R1);
        Set<Integer> kept = new HashSet<>();
        Set<Integer> loads = new LinkedHashSet<>();
        for (Insn insn : program.insns()) {
            if (insn instanceof Insn.Load load && context.contains(load.src())) {
                loads.add((int) load.off());
            }
            if (insn instanceof Insn.Store store
                    && store.dst() == Reg.R10
                    && store.src() instanceof Operand.OfReg from
                    && context.contains(from.reg())) {
                kept.add((int) store.off());
            }
            boolean gets = insn instanceof Insn.Load load && load.src() == Reg.R10 && kept.contains((int) load.off())
                    || insn instanceof Insn.Mov mov
                            && mov.src() instanceof Operand.OfReg from
                            && context.contains(from.reg());
            RegisterUse.of(insn, id -> 0).writes().list().forEach(reg -> {
                if (gets) {
                    context.add(reg);
                } else {
                    context.remove(reg);
                }
            });
        }
        return List.copyOf(loads);
    }

    private static int connect(ProbeProcess probe, int port) {
        return probe.socket(ROOT, new SocketCall(Operation.CONNECT, INET, 1, 6, loopback(), port))
                .errno();
    }

    private static int made(ProbeProcess probe, int family) {
        int type = family == PACKET ? 3 : 1;
        return probe.socket(ROOT, new SocketCall(Operation.MAKE, family, type, 0, loopback(), 0))
                .errno();
    }

    private static RawAddress loopback() {
        return new RawAddress(true, U128.of(0x7f000001L));
    }

    private static Enforced enforce(ChildCgroup cgroup, String text) {
        return Enforced.on(cgroup, Samples.compile("tutorial.wall", text).object(), Map.of());
    }
}
