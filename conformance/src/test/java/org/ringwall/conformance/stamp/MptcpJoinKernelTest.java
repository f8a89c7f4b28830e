// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.stamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.conformance.kernel.CgroupIds;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of the second subflow of an MPTCP connection, to an address that the server advertises. A
 * kernel worker connects it, as user 0 in the root cgroup. The client is user 33 in the cgroup of
 * the policy; client and server each have a network namespace.
 */
@KernelTest
class MptcpJoinKernelTest {
    private static final KernelVersion FINDS = new KernelVersion(6, 1);

    @TempDir
    private Path folder = Path.of("");

    private ChildCgroup cgroup;

    private ChildCgroup manager;

    @BeforeEach
    void start() {
        RunningKernel.needs(5, 15, "advertised addresses of MPTCP");
        cgroup = ChildCgroup.make();
        manager = ChildCgroup.make();
    }

    @AfterEach
    void end() {
        if (cgroup != null) {
            cgroup.close();
        }
        if (manager != null) {
            manager.close();
        }
    }

    private static BpfObject compile(String blocks, KernelVersion oldest) {
        return PolicyObjects.of("joins.wall", "policy joins\n" + blocks, oldest);
    }

    private String under(String blocks, KernelVersion oldest, boolean joins) {
        try (Enforced enforced = Enforced.on(cgroup, compile(blocks, oldest), Map.of())) {
            assertThat(enforced).isNotNull();
            return run(joins);
        }
    }

    private String run(boolean joins) {
        return MptcpJoin.run(folder, cgroup.path(), MptcpJoin.FIRST, joins);
    }

    private static String only(String guard) {
        return "egress {\n  allow if remote.ip == 10.77.1.1\n  allow if remote.ip == 10.77.2.1 and " + guard
                + "\n  default deny\n}";
    }

    /** Returns a guard that is true for the client and false for a kernel worker. */
    private String client(String field) {
        Map<Integer, Long> above = CgroupIds.ancestors(cgroup.path());
        return switch (field) {
            case "uid" -> "uid == 33";
            case "gid" -> "gid == 34";
            case "pid" -> "pid != 0 and not comm prefix \"kworker\"";
            case "comm" -> "comm == \"a-client\"";
            case "cgroup" -> "cgroup == " + Long.toUnsignedString(CgroupIds.of(cgroup.path()));
            default -> "ancestor(" + above.size() + ") == " + Long.toUnsignedString(CgroupIds.of(cgroup.path()));
        };
    }

    @Test
    void anMptcpJoinIsFilteredByItsAddress() {
        assertThat(run(true)).as("without a policy").isEqualTo("ok 1");
        assertThat(under(only("proto == tcp"), KernelVersion.V5_10, true)).isEqualTo("ok 1");
        assertThat(under("egress { deny if remote.ip == 10.77.2.1; default allow }", KernelVersion.V5_10, false))
                .isEqualTo("ok 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"uid", "gid", "pid", "comm", "cgroup", "ancestor"})
    void aJoinIsAttributedToTheCreatorOfTheMptcpSocket(String field) {
        RunningKernel.needs(6, 1, "a test kernel with bpf_skc_to_mptcp_sock");
        assertThat(under(only(client(field)), FINDS, true)).isEqualTo("ok 1");
        assertThat(under(only("not (" + client(field) + ")"), FINDS, false)).isEqualTo("ok 0");
    }

    private String managed(String blocks, KernelVersion oldest, boolean joins) {
        try (Enforced enforced = Enforced.on(cgroup, compile(blocks, oldest), Map.of())) {
            assertThat(enforced).isNotNull();
            return MptcpJoin.managed(folder, cgroup.path(), manager.path(), joins);
        }
    }

    /** A path manager in user space requests it, as root and from another cgroup. */
    @ParameterizedTest
    @ValueSource(strings = {"uid", "gid", "pid", "comm", "cgroup", "ancestor"})
    void aSubflowOfAPathManagerIsAttributedToTheCreatorOfTheMptcpSocket(String field) {
        RunningKernel.needs(6, 1, "a test kernel with bpf_skc_to_mptcp_sock");
        String creator = field.equals("pid") ? "not comm == \"a-manager\"" : client(field);
        assertThat(managed(only(creator), FINDS, true)).isEqualTo("created 1");
        assertThat(managed(only("not (" + creator + ")"), FINDS, false)).isEqualTo("EPERM 0");
    }

    /** The path manager binds the subflow before it connects it. */
    @Test
    void aBindOfAPathManagerIsAttributedToTheCreatorOfTheMptcpSocket() {
        RunningKernel.needs(6, 1, "a test kernel with bpf_skc_to_mptcp_sock");
        String bind = "bind {\n  allow if %s\n  allow if local.port == 4000\n  default deny\n}";
        assertThat(managed(bind.formatted("uid == 33"), FINDS, true)).isEqualTo("created 1");
        assertThat(managed(bind.formatted("uid == 0"), FINDS, false)).isEqualTo("EPERM 0");
    }

    /** An object for older kernels judges the path manager (docs/threat-model.md). */
    @Test
    void anObjectForOlderKernelsJudgesThePathManager() {
        RunningKernel.needs(5, 19, "path managers of MPTCP in user space");
        assertThat(managed(only("uid == 0"), KernelVersion.V5_10, true)).isEqualTo("created 1");
        assertThat(managed(only("uid == 33"), KernelVersion.V5_10, false)).isEqualTo("EPERM 0");
    }

    /** A connection may be undone and made anew; its first subflow stays the caller's. */
    @Test
    void theFirstSubflowIsTheCallersWhenASocketConnectsAnew() {
        RunningKernel.needs(6, 1, "a test kernel with bpf_skc_to_mptcp_sock");
        try (Enforced enforced =
                Enforced.on(cgroup, compile("egress { deny if comm == \"second\"; default allow }", FINDS), Map.of())) {
            assertThat(enforced).isNotNull();
            assertThat(MptcpJoin.again(folder, cgroup.path())).isEqualTo("ok EPERM ok");
        }
    }

    /** A kernel worker runs as root, but the client does not. */
    @Test
    void aRuleForRootDoesNotMatchAJoin() {
        for (KernelVersion oldest : List.of(KernelVersion.V5_10, FINDS)) {
            if (RunningKernel.atLeast(oldest.major(), oldest.minor())) {
                assertThat(under(only("uid == 0"), oldest, false))
                        .as("%s", oldest)
                        .isEqualTo("ok 0");
                assertThat(under(only("cgroup == 1"), oldest, false))
                        .as("%s", oldest)
                        .isEqualTo("ok 0");
            }
        }
    }

    /** An object for older kernels cannot find the MPTCP socket. */
    @Test
    void aJoinIsDeniedWhereTheSocketCannotBeFound() {
        assertThat(under(only("uid == 33"), KernelVersion.V5_10, false)).isEqualTo("ok 0");
        assertThat(under("egress { deny if uid == 44; default allow }", KernelVersion.V5_10, false))
                .isEqualTo("ok 0");
    }

    /** The worker binds a subflow before it connects it. */
    @Test
    void aBindIsAttributedToTheCreatorOfTheMptcpSocket() {
        String bind = "bind {\n  allow if %s\n  allow if local.port == 4000\n  default deny\n}";
        assertThat(under(bind.formatted("uid == 33"), KernelVersion.V5_10, false))
                .isEqualTo("ok 0");
        RunningKernel.needs(6, 1, "a test kernel with bpf_skc_to_mptcp_sock");
        assertThat(under(bind.formatted("uid == 33"), FINDS, true)).isEqualTo("ok 1");
        assertThat(under(bind.formatted("uid == 44"), FINDS, false)).isEqualTo("ok 0");
    }

    @Test
    void mptcpPacketsAreAttributedToTheCreatorOfTheSocket() {
        RunningKernel.needs(6, 1, "a test kernel with bpf_skc_to_mptcp_sock");
        String packets =
                "packets egress { deny if %s and remote.ip == 10.77.2.1 and tcp.syn and not tcp.ack; default allow }";
        assertThat(under(packets.formatted("uid == 33"), FINDS, false)).isEqualTo("ok 0");
        assertThat(under(packets.formatted("uid == 0"), FINDS, true)).isEqualTo("ok 1");
        assertThat(under(packets.formatted("not uid in { 33, 44 }"), FINDS, true))
                .isEqualTo("ok 1");
    }
}
