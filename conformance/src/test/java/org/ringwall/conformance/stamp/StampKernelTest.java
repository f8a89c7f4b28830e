// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.stamp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.conformance.kernel.CgroupIds;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * A test of the creator of a socket, as a policy reads it at hooks without a task. Server and
 * client each have a user, a name, a process and a cgroup of their own, below the policy's cgroup.
 */
@KernelTest
class StampKernelTest {
    private static final int SERVER = 33;
    private static final int CLIENT = 44;

    @TempDir
    private Path folder = Path.of("");

    private ChildCgroup outer;
    private ChildCgroup left;
    private ChildCgroup right;
    private Peer server;
    private Peer client;

    @BeforeEach
    void start() {
        outer = ChildCgroup.make();
        left = outer.child();
        right = outer.child();
        server = Peer.in(left.path(), SERVER, "a-server");
        client = Peer.in(right.path(), CLIENT, "a-client");
    }

    @AfterEach
    void end() {
        client.close();
        server.close();
        right.close();
        left.close();
        outer.close();
    }

    private static BpfObject compile(String blocks) {
        return PolicyObjects.of("stamps.wall", "policy stamps\n" + blocks, KernelVersion.V5_10);
    }

    private Enforced under(String blocks) {
        return Enforced.on(outer, compile(blocks), Map.of());
    }

    /**
     * Returns a guard that is true for sockets of one of the two and false for those of the other.
     */
    private String made(String field, boolean byServer) {
        Peer talker = byServer ? server : client;
        Path cgroup = (byServer ? left : right).path();
        return switch (field) {
            case "uid" -> "uid == " + (byServer ? SERVER : CLIENT);
            case "gid" -> "gid == " + (byServer ? SERVER + 1 : CLIENT + 1);
            case "pid" -> "pid == " + talker.pid();
            case "comm" -> "comm glob \"a-" + (byServer ? "s*\"" : "c*\"");
            case "cgroup" -> "cgroup == " + Long.toUnsignedString(CgroupIds.of(cgroup));
            default -> {
                int level = CgroupIds.ancestors(cgroup).size();
                yield "ancestor(" + level + ") == " + Long.toUnsignedString(CgroupIds.of(cgroup));
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"uid", "gid", "pid", "comm", "cgroup", "ancestor"})
    void tcpEventsAreAttributedToTheCreatorOrTheListener(String field) {
        String policy = "on sock_ops {\n  when " + made(field, true) + " { reply 1 }\n  when " + made(field, false)
                + " { reply 2 }\n}";
        try (Enforced enforced = under(policy);
                ReplyRecorder seen = new ReplyRecorder(outer)) {
            assertThat(enforced).isNotNull();
            server.run("l = listener()");
            client.run("c = connected(" + server.say("port(l)") + ")");
            server.run("a = accepted(l)");
            assertThat(seen.at(SockOpsEvent.LISTEN)).containsExactly(1);
            assertThat(seen.at(SockOpsEvent.TCP_CONNECT)).containsExactly(2);
            assertThat(seen.at(SockOpsEvent.ACTIVE_ESTABLISHED)).containsExactly(2);
            assertThat(seen.at(SockOpsEvent.PASSIVE_ESTABLISHED)).containsExactly(1);
            assertThat(seen.at(SockOpsEvent.NEEDS_ECN))
                    .as("the listener's connection request is not a full socket")
                    .containsExactly(0, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"uid", "gid", "pid", "comm", "cgroup", "ancestor"})
    void packetsAreAttributedToTheCreatorOfTheSocket(String field) {
        try (Enforced enforced = under("packets egress { deny if " + made(field, true) + "; default allow }")) {
            assertThat(enforced).isNotNull();
            datagrams("EPERM", "ok");
        }
        try (Enforced enforced = under("packets ingress { deny if " + made(field, true) + "; default allow }")) {
            assertThat(enforced).isNotNull();
            server.run("u = udp()");
            client.run("u = udp()");
            assertThat(client.say("post(u, " + server.say("port(u)") + ")")).isEqualTo("ok");
            assertThat(server.say("u.recv(1)")).isEqualTo("timeout");
            assertThat(server.say("post(u, " + client.say("port(u)") + ")")).isEqualTo("ok");
            assertThat(client.say("u.recv(1)")).isEqualTo("b'x'");
        }
        datagrams("ok", "ok");
    }

    private void datagrams(String fromServer, String fromClient) {
        server.run("u = udp()");
        client.run("u = udp()");
        assertThat(server.say("post(u, " + client.say("port(u)") + ")")).isEqualTo(fromServer);
        assertThat(client.say("post(u, " + server.say("port(u)") + ")")).isEqualTo(fromClient);
    }

    @Test
    void acceptedSocketsAreAttributedToTheListener() {
        try (Enforced enforced = under("packets egress { deny if uid == 33 and not tcp.syn; default allow }")) {
            assertThat(enforced).isNotNull();
            server.run("l = listener()");
            client.run("c = connected(" + server.say("port(l)") + ")");
            server.run("a = accepted(l)");
            assertThat(client.say("c.send(b'y')")).isEqualTo("1");
            assertThat(server.say("a.recv(1)")).isEqualTo("b'y'");
            server.say("a.send(b'z')");
            assertThat(client.say("c.recv(1)")).isEqualTo("timeout");
        }
    }

    @Test
    void aPassedSocketStaysAttributedToItsCreator() {
        for (int denied : List.of(SERVER, CLIENT)) {
            try (Enforced enforced = under("packets egress { deny if uid == " + denied + "; default allow }")) {
                assertThat(enforced).isNotNull();
                String name = "ringwall-" + server.pid() + "-" + denied;
                server.run("box = mailbox('" + name + "')");
                client.run("u = udp()");
                client.run("hand(u, '" + name + "')");
                server.run("p = taken(box)");
                assertThat(server.say("post(p, 9)")).isEqualTo(denied == CLIENT ? "EPERM" : "ok");
            }
        }
    }

    @Test
    void aSocketFromBeforeThePolicyHasNoKnownCreator() {
        client.run("u = udp()");
        Map<String, String> answers = Map.of(
                "packets egress { deny if uid == 44; default allow }", "ok",
                "packets egress { deny if uid != 33; default allow }", "ok",
                "packets egress { deny if not uid == 33; default allow }", "EPERM",
                "packets egress { allow if uid == 44; default deny }", "EPERM",
                "packets egress { deny if comm != \"x\"; default allow }", "ok",
                "packets egress { deny if ancestor(1) in { 0, 7 }; default allow }", "ok",
                "packets egress { deny if uid == 0; default allow }", "ok");
        answers.forEach((policy, answer) -> {
            try (Enforced enforced = under(policy)) {
                assertThat(enforced).isNotNull();
                assertThat(client.say("post(u, 9)")).as(policy).isEqualTo(answer);
            }
        });
    }

    @Test
    void upgradesKeepStampsUntilAVersionDoesNotReadThem() {
        try (Enforced enforced = under("packets egress { deny if uid == 33; default allow }")) {
            client.run("u = udp()");
            assertThat(client.say("post(u, 9)")).isEqualTo("ok");
            enforced.upgrade(compile("packets egress { deny if comm == \"a-client\" and gid == 45; default allow }"));
            assertThat(client.say("post(u, 9)"))
                    .as("what the first version did not ask is known too")
                    .isEqualTo("EPERM");
            enforced.upgrade(compile("packets egress { default allow }"));
            assertThat(client.say("post(u, 9)")).isEqualTo("ok");
            enforced.upgrade(compile("packets egress { deny if uid == 44; default allow }"));
            assertThat(client.say("post(u, 9)")).isEqualTo("ok");
            client.run("u = udp()");
            assertThat(client.say("post(u, 9)")).isEqualTo("EPERM");
        }
    }

    /** Includes cgroups deeper than the levels that a stamp holds. */
    @ParameterizedTest
    @ValueSource(ints = {2, 15, 16, 18})
    void stampsKeepAllAncestorLevelsForLaterVersions(int depth) {
        List<ChildCgroup> line = new ArrayList<>();
        try {
            for (ChildCgroup at = left; CgroupIds.ancestors(at.path()).size() < depth; at = line.get(0)) {
                line.add(0, at.child());
            }
            Path lowest = line.isEmpty() ? left.path() : line.get(0).path();
            Map<Integer, Long> ids = CgroupIds.ancestors(lowest);
            assertThat(ids).hasSize(depth);
            String levels = IntStream.rangeClosed(1, 16)
                    .mapToObj(level -> Optional.ofNullable(ids.get(level))
                            .map(id -> "ancestor(" + level + ") == " + Long.toUnsignedString(id))
                            .orElse("not ancestor(" + level + ") != 0"))
                    .collect(Collectors.joining(" and "));
            try (Enforced enforced = under("packets egress { deny if uid == 9; default allow }");
                    Peer deep = Peer.in(lowest, CLIENT, "deep")) {
                deep.run("u = udp()");
                server.run("u = udp()");
                client.run("u = udp()");
                enforced.upgrade(compile("packets egress { allow if " + levels + "; default deny }"));
                assertThat(deep.say("post(u, 9)")).isEqualTo("ok");
                assertThat(client.say("post(u, 9)")).as("of the other side").isEqualTo("EPERM");
                assertThat(server.say("post(u, 9)")).isEqualTo(depth == 2 ? "ok" : "EPERM");
            }
        } finally {
            line.forEach(ChildCgroup::close);
        }
    }

    @Test
    void creatingASocketFailsIfItCannotBeStamped() {
        RunningKernel.needs(6, 8, "net.core.optmem_max of a network namespace");
        String script = """
                import errno
                from socket import *
                open('/proc/sys/net/core/optmem_max', 'w').write('64')
                try:
                    socket()
                    print('ok')
                except OSError as e:
                    print(errno.errorcode[e.errno])
                """;
        assertThat(unshared(script)).isEqualTo("ok");
        try (Enforced enforced = under("packets egress { deny if uid == 33; default allow }")) {
            assertThat(enforced).isNotNull();
            assertThat(unshared(script)).isEqualTo("EPERM");
        }
    }

    private String unshared(String script) {
        return Scripts.run(folder, outer.path(), Set.of(Scripts.Namespace.NETWORK), script)
                .succeeded()
                .strip();
    }

    /**
     * mptcp_subflow_create_socket creates the socket that sends the packets in the kernel, which
     * invokes no hook.
     */
    @Test
    void mptcpPacketsHaveNoKnownCreator() {
        RunningKernel.needs(5, 15, "MPTCP");
        try (Enforced enforced = under("packets egress { deny if not uid in { 33, 44 } and tcp.syn; default allow }")) {
            assertThat(enforced).isNotNull();
            server.run("l = listener()");
            String port = server.say("port(l)");
            assertThat(client.attempt("c = connected(" + port + ")")).isEqualTo("ok");
            assertThat(client.attempt("c = connected(" + port + ", 262)")).isIn("timeout", "EPERM");
        }
    }

    @Test
    void anUpgradeRejectsStampsOfAnotherLayout() {
        try (Enforced enforced = under("packets egress { deny if uid == 33; default allow }")) {
            client.run("u = udp()");
            BpfObject other = Layouts.widened(compile("packets egress { deny if uid == 44; default allow }"));
            assertThatThrownBy(() -> enforced.upgrade(other))
                    .hasMessage("the version in force has `ringwall_stamps` with values of 184 bytes, but the new one"
                            + " needs 192");
            assertThat(client.say("post(u, 9)")).as("still the first one").isEqualTo("ok");
            server.run("u = udp()");
            assertThat(server.say("post(u, 9)")).isEqualTo("EPERM");
        }
    }
}
