// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.bypass.Bypass;
import org.ringwall.compiler.bypass.Judge;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.report.ReachReport.Status;
import org.ringwall.conformance.bypass.BypassProcess.End;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Step;

/**
 * A cgroup with a process that performs bypasses. It compares the status that the compiler reports
 * for a bypass under a policy with what the kernel does: if it is closed, the kernel refuses it
 * with EPERM, or drops the packet; if it is open or outside, it gets through; if it is narrowed
 * because local copies get through, the drivers of copies do, and the others are refused.
 */
final class BypassProof implements AutoCloseable {
    /**
     * The errors of a kernel that was built without a family, a protocol, a driver or a file
     * system. Then nothing can be proved.
     */
    private static final Set<Integer> ABSENT =
            Set.of(Errno.EAFNOSUPPORT.number(), Errno.EPROTONOSUPPORT.number(), Errno.ESOCKTNOSUPPORT.number());

    /** Further such errors for bypasses that need a file system or a program of the host. */
    private static final Map<String, Set<Integer>> OWN_ABSENT = Map.of(
            "binfmt-misc", Set.of(Errno.ENODEV.number()),
            "control-device", Set.of(Errno.ENODEV.number()),
            "file-helper", Set.of(Errno.ENODEV.number()),
            "key-helper", Set.of(Errno.ENOENT.number(), Errno.ENOKEY.number(), Errno.ENOSYS.number()));

    /**
     * What a caller sees of a dropped packet: nothing arrives, or no connection is established.
     */
    private static final Integer[] DROPPED = {Errno.EPERM.number(), Errno.EAGAIN.number(), Errno.EINPROGRESS.number()};

    /**
     * The kernels in which bypasses appeared after 5.10. On older kernels there is nothing to
     * prove.
     */
    private static final Map<String, KernelVersion> SINCE = Map.ofEntries(
            Map.entry("shared-ring", new KernelVersion(5, 12)), // polling threads that belong to their process
            Map.entry("foreign-program", new KernelVersion(5, 18)), // bpf_set_retval
            Map.entry("rewritten-destination", new KernelVersion(5, 16)), // NF_NETDEV_EGRESS
            Map.entry("uring-socket", new KernelVersion(5, 19)), // IORING_OP_SOCKET
            Map.entry("peer-pidfd", new KernelVersion(6, 5)), // SO_PEERPIDFD
            Map.entry("mounted-disk", new KernelVersion(6, 6)), // superblocks before devices
            Map.entry("rewritten-header", new KernelVersion(5, 16)), // NF_NETDEV_EGRESS
            Map.entry("epoll-parameters", new KernelVersion(6, 9)), // EPIOCSPARAMS
            Map.entry("other-unix-call", new KernelVersion(6, 7)), // BPF_CGROUP_UNIX_CONNECT
            Map.entry("uring-unix", new KernelVersion(6, 7)), // BPF_CGROUP_UNIX_CONNECT
            Map.entry("uring-unix-datagram", new KernelVersion(6, 7)), // BPF_CGROUP_UNIX_CONNECT
            Map.entry("other-path", new KernelVersion(6, 7)), // BPF_CGROUP_UNIX_CONNECT
            Map.entry("mounted-path", new KernelVersion(6, 7)), // BPF_CGROUP_UNIX_CONNECT
            Map.entry("earlier-unix", new KernelVersion(6, 7)), // BPF_CGROUP_UNIX_CONNECT
            Map.entry("accepted-unix", new KernelVersion(6, 7)), // BPF_CGROUP_UNIX_CONNECT
            Map.entry("uring-option", new KernelVersion(6, 7)), // SOCKET_URING_OP_SETSOCKOPT
            Map.entry("uring-bind", new KernelVersion(6, 11)), // IORING_OP_BIND
            Map.entry("open-sysctl:sendfile", new KernelVersion(5, 11)), // proc_sys_file_operations.splice_read
            Map.entry("open-sysctl:splice-from", new KernelVersion(5, 11)),
            Map.entry("open-sysctl:splice-to", new KernelVersion(5, 11)));

    private static final List<Hook> ALL = List.of(
            Hook.CONNECT4,
            Hook.SENDMSG4,
            Hook.BIND4,
            Hook.SOCK_CREATE,
            Hook.DEVICE,
            Hook.SYSCTL,
            Hook.GETSOCKOPT,
            Hook.SETSOCKOPT);

    private final ChildCgroup inside = ChildCgroup.make();
    private final ChildCgroup outside = ChildCgroup.make();
    private final BypassProcess process = BypassProcess.in(inside.path(), outside.path());

    /**
     * Returns whether the property `ringwall.bypasses`, a regular expression, is absent or
     * matches a
     * part of the driver's name.
     */
    static boolean isChosen(String driver) {
        return Pattern.compile(System.getProperty("ringwall.bypasses", ""))
                .matcher(driver)
                .find();
    }

    /**
     * Returns whether a bypass is tried with policies for the block. Those that intents have too
     * are
     * tried with the policies for intents alone.
     */
    static boolean isShown(Bypass bypass, Block.Target block) {
        return block instanceof Block.Target.OfIntent
                || bypass.around().stream().noneMatch(Block.Target.OfIntent.class::isInstance);
    }

    /** Shows that every policy for bypasses of the block denies the control case. */
    void directCallIsDenied(Block.Target block) {
        for (String policy : BypassPolicies.usual(block)) {
            assertThat(under(BypassProcess.STRAIGHT, Optional.empty())).isEqualTo(new End(0, "through"));
            assertThat(under(BypassProcess.STRAIGHT, Optional.of(CoveredPolicy.of(policy)))
                            .errno())
                    .as(policy)
                    .isIn(refusals(policy));
        }
    }

    /** Shows that the kernel behaves as the catalogue says for the bypass and the block. */
    void proves(Bypass bypass, Block.Target block, String driver) {
        if (driver.equals(HostDrivers.UNMATCHED)) {
            RunningKernel.needsBefore(5, 15, driver);
            throw RunningKernel.lacks("a guest of its own, which UnmatchedSockets has");
        }
        if (driver.equals(EgressDrivers.MANAGED_SUBFLOW)) {
            throw RunningKernel.lacks("rules on the calling task, which MptcpJoinKernelTest has");
        }
        KernelVersion since = SINCE.getOrDefault(driver, SINCE.getOrDefault(bypass.id(), KernelVersion.V5_10));
        RunningKernel.needs(since.major(), since.minor(), driver);
        End free = under(driver, Optional.empty());
        if (ABSENT.contains(free.errno())
                || OWN_ABSENT.getOrDefault(bypass.id(), Set.of()).contains(free.errno())) {
            throw RunningKernel.lacks("what it takes for " + driver);
        }
        assertThat(free).as(driver + " without a policy").isEqualTo(new End(0, "through"));
        for (String policy : policies(bypass, block, driver)) {
            agrees(bypass, block, policy, driver);
            for (String closed : CoveredPolicy.closing(bypass, block, policy)) {
                assertThat(agrees(bypass, block, closed, driver)).as(closed).isEqualTo(Status.CLOSED);
            }
        }
    }

    private static Object[] refusals(String policy) {
        return policy.contains("packets ") ? DROPPED : new Object[] {Errno.EPERM.number()};
    }

    /**
     * Returns the policies for a bypass. In guests one policy is enough for a bypass that no hook
     * sees.
     */
    private static List<String> policies(Bypass bypass, Block.Target block, String driver) {
        List<String> policies = BypassPolicies.of(bypass, block, driver);
        assertThat(policies).as("policies with " + block.text()).isNotEmpty();
        boolean alike = bypass.judge() instanceof Judge.Unseen && Step.SIZE > 1;
        return alike ? policies.subList(0, 1) : policies;
    }

    private Status agrees(Bypass bypass, Block.Target block, String blocks, String driver) {
        CoveredPolicy policy = CoveredPolicy.of(blocks);
        Status status = policy.of(bypass, block).status();
        End end = under(driver, Optional.of(policy));
        String what = driver + " is " + status.word() + " under " + blocks + ", and the kernel gave " + end;
        switch (status) {
            case CLOSED -> assertThat(end.errno()).as(what).isIn(refusals(blocks));
            case OPEN, OUTSIDE -> assertThat(end.errno()).as(what).isZero();
            case NARROWED -> {
                if (driver.contains(BypassPolicies.COPY)) {
                    assertThat(end.errno()).as(what).isZero();
                } else {
                    assertThat(end.errno()).as(what).isIn(refusals(blocks));
                }
            }
            case ALLOWED, NOT_APPLICABLE -> throw new AssertionError("nothing to compare: " + what);
        }
        return status;
    }

    private End under(String bypass, Optional<CoveredPolicy> policy) {
        End ready = process.prepare(bypass);
        if (ready.errno() != 0) {
            return ready;
        }
        List<AutoCloseable> inForce = new ArrayList<>();
        policy.ifPresent(covered -> inForce.add(Enforced.on(inside, covered.object(), Map.of())));
        try {
            if (bypass.equals("foreign-program")) {
                inForce.add(ForeignProgram.takesDenialsBack(inside, ALL));
            } else if (bypass.equals("later-redirect")) {
                inForce.add(ForeignProgram.redirectsToLoopback(inside));
            } else if (bypass.equals("bpf-option")) {
                inForce.add(ForeignProgram.setsClass(inside));
            }
            return process.take();
        } finally {
            close(inForce);
        }
    }

    private static void close(List<AutoCloseable> inForce) {
        for (int i = inForce.size() - 1; i >= 0; i--) {
            try {
                inForce.get(i).close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        process.close();
        inside.close();
        outside.close();
    }
}
