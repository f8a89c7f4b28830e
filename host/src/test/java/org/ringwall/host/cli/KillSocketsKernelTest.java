// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.EndedSockets;
import org.ringwall.loader.sockets.SocketKiller;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.HangGuard;
import org.ringwall.testkit.KernelTest;

/** Sockets that existed before a version was in force, and those that others have. */
@KernelTest
@HangGuard
class KillSocketsKernelTest {
    /**
     * Connects to a server that is in another cgroup, and waits for a word. Then prints what a send
     * on each TCP connection and a receive on each UDP socket return. The words are the cgroup of
     * the clients, that of the server, the number of TCP connections, and `net` for a network
     * namespace. With `gone` the sockets are created in a cgroup below, which is then removed,
     * while the process is in another one.
     */
    private static final String CLIENT = """
            import ctypes, errno, os, resource, sys
            from socket import AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM, socket
            clients, servers, number, where = sys.argv[1:]
            leave = where.startswith('gone')
            def enter(cgroup):
                with open(cgroup + '/cgroup.procs', 'w') as procs:
                    procs.write('0')
            resource.setrlimit(resource.RLIMIT_NOFILE, (10000, 10000))
            enter(servers)
            if where.endswith('net'):
                assert ctypes.CDLL(None).unshare(0x40000000) == 0
                os.system('ip link set lo up')
            families = [(AF_INET, '127.0.0.1', '4'), (AF_INET6, '::1', '6')]
            def server(kind, family, address):
                s = socket(family, kind)
                s.bind((address, 0))
                if kind == SOCK_STREAM:
                    s.listen(4096)
                return s
            udp = [(server(SOCK_DGRAM, f, a), f, n) for f, a, n in families]
            tcp = [(server(SOCK_STREAM, f, a), f, n) for f, a, n in families]
            enter(clients)
            if leave:
                os.mkdir(clients + '/gone')
                enter(clients + '/gone')
            made = []
            accepted = []
            def connect(name, server, family, kind):
                c = socket(family, kind)
                c.connect(server.getsockname()[:2])
                made.append((name, c))
            for s, f, n in tcp:
                for i in range(int(number) // 2):
                    connect('tcp' + n, s, f, SOCK_STREAM)
                    accepted.append(s.accept()[0])
            for s, f, n in udp:
                connect('udp' + n, s, f, SOCK_DGRAM)
            other = socket(AF_INET, SOCK_DGRAM)
            other.bind(('127.0.0.1', 0))
            own = server(SOCK_STREAM, AF_INET, '127.0.0.1')
            if leave:
                enter(servers)
                os.rmdir(clients + '/gone')
            print('ready', flush=True)
            sys.stdin.readline()
            counts = {}
            def note(name, call):
                try:
                    call()
                    what = 'ok'
                except OSError as e:
                    what = errno.errorcode[e.errno]
                counts[(name, what)] = counts.get((name, what), 0) + 1
            for name, s in made:
                if name.startswith('udp'):
                    s.setblocking(False)
                    note(name, lambda: s.recv(1))
                else:
                    note(name, lambda: s.send(b'x'))
            note('unconnected', lambda: other.sendto(b'x', udp[0][0].getsockname()))
            own.setblocking(False)
            note('listening', own.accept)
            print(' '.join('%s=%s*%d' % (n, w, c) for (n, w), c in sorted(counts.items())), flush=True)
            """;

    @TempDir
    Path dir = Path.of("");

    private Optional<CommandBox> box = Optional.empty();
    private final List<Process> clients = new ArrayList<>();

    @BeforeEach
    void make() throws IOException {
        box = Optional.of(new CommandBox("killsockets", dir));
    }

    @AfterEach
    void clean() throws InterruptedException {
        for (Process client : clients) {
            Guard.exit(client.destroyForcibly());
        }
        box.ifPresent(CommandBox::close);
    }

    private CommandBox box() {
        return box.orElseThrow();
    }

    /** Starts clients, and returns when they are connected. */
    private Process client(Cgroup cgroup, Cgroup servers, int number, String where) throws IOException {
        Process client = new ProcessBuilder(
                        "python3", "-c", CLIENT, cgroup.toString(), servers.toString(), "" + number, where)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        clients.add(client);
        assertThat(client.inputReader().readLine()).isEqualTo("ready");
        return client;
    }

    private static String result(Process client) {
        try {
            client.getOutputStream().write("go\n".getBytes(StandardCharsets.UTF_8));
            client.getOutputStream().flush();
            return String.valueOf(client.inputReader().readLine());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final String ALIVE =
            "listening=EAGAIN*1 tcp4=ok*1 tcp6=ok*1 udp4=EAGAIN*1 udp6=EAGAIN*1 unconnected=ok*1";
    private static final String ENDED = "listening=EAGAIN*1 tcp4=ECONNABORTED*1 tcp6=ECONNABORTED*1 "
            + "udp4=ECONNABORTED*1 udp6=ECONNABORTED*1 unconnected=ok*1";

    @Test
    void closesConnectionsOfTheCgroupOnly() throws IOException {
        Cgroup a = box().cgroup("a");
        Cgroup b = box().cgroup("b");
        Process inside = client(a, b, 2, "here");
        Process below = client(box().host.hierarchy().create(a, "child"), b, 2, "here");
        Process outside = client(b, b, 2, "here");
        assertThat(box().ringwall(0, "apply", "--kill-sockets", box().object, "--cgroup", a.toString()))
                .endsWith("  " + a + ": sockets ended: 8\n");
        assertThat(result(inside)).isEqualTo(ENDED);
        assertThat(result(below)).isEqualTo(ENDED);
        assertThat(result(outside)).isEqualTo(ALIVE);
        assertThat(box().ringwall(0, "apply", box().object, "--reset-params", "--kill-sockets", "--json"))
                .contains("\"ended\":[{\"cgroup\":\"" + a + "\",\"sockets\":0}]");
    }

    @Test
    void networkNamespacesOfTheCgroupAreSearched() throws IOException {
        Cgroup a = box().cgroup("a");
        Cgroup b = box().cgroup("b");
        Process inside = client(a, b, 2, "net");
        Process outside = client(b, b, 2, "net");
        String before = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
        assertThat(box().ringwall(0, "apply", box().object, "--cgroup", a.toString(), "--kill-sockets"))
                .endsWith("  " + a + ": sockets ended: 4\n");
        assertThat(result(inside)).isEqualTo(ENDED);
        assertThat(result(outside)).isEqualTo(ALIVE);
        int threads = 0;
        try (var tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                try {
                    assertThat(Files.readSymbolicLink(task.resolve("ns/net")).toString())
                            .isEqualTo(before);
                    threads++;
                } catch (NoSuchFileException e) {
                    // The thread has ended since.
                }
            }
        }
        assertThat(threads).isPositive();
    }

    @Test
    void socketsOfRemovedSubCgroupsAreEnded() throws IOException {
        Cgroup a = box().cgroup("a");
        Cgroup b = box().cgroup("b");
        Process here = client(a, b, 2, "gone");
        Process elsewhere = client(box().host.hierarchy().create(a, "child"), b, 2, "gone-net");
        Process outside = client(b, box().cgroup("c"), 2, "gone");
        assertThat(box().ringwall(0, "apply", "--kill-sockets", box().object, "--cgroup", a.toString()))
                .endsWith("  " + a + ": sockets ended: 8\n");
        assertThat(result(here)).isEqualTo(ENDED);
        assertThat(result(elsewhere)).isEqualTo(ENDED);
        assertThat(result(outside)).isEqualTo(ALIVE);
    }

    /** Iterators take kernel types. */
    @Test
    void socketsThatCannotBeAttributedAreCounted() throws IOException {
        Cgroup a = box().cgroup("a");
        Cgroup b = box().cgroup("b");
        Process here = client(a, b, 2, "gone");
        Bpf blind = (Bpf) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Bpf.class},
                (self, method, args) -> method.getName().equals("kernelTypes")
                        ? Optional.empty()
                        : method.invoke(box().host.bpf(), args));
        EndedSockets ended =
                new SocketKiller(blind, box().host.host(), box().host.hierarchy(), false).end(List.of(a), Set.of());
        assertThat(ended.cgroups()).containsExactly(Map.entry(a, 0));
        assertThat(ended.unattributed()).isGreaterThanOrEqualTo(4);
        assertThat(result(here)).isEqualTo(ALIVE);
    }

    @Test
    void allAlsoClosesListeningSockets() throws IOException {
        Cgroup a = box().cgroup("a");
        Cgroup b = box().cgroup("b");
        Process inside = client(a, b, 2, "here");
        assertThat(box().ringwall(0, "apply", box().object, "--cgroup", a.toString(), "--kill-sockets=all"))
                .endsWith("  " + a + ": sockets ended: 5\n");
        assertThat(result(inside)).isEqualTo(ENDED.replace("listening=EAGAIN", "listening=EINVAL"));
    }

    @Test
    void thousandsOfSocketsAreListedInParts() throws IOException {
        Cgroup a = box().cgroup("a");
        Cgroup b = box().cgroup("b");
        Process inside = client(a, b, 2_000, "net");
        assertThat(box().ringwall(0, "apply", box().object, "--cgroup", a.toString(), "--kill-sockets"))
                .endsWith("  " + a + ": sockets ended: 2002\n");
        assertThat(result(inside)).contains("tcp4=ECONNABORTED*1000 tcp6=ECONNABORTED*1000 udp4=ECONNABORTED*1");
    }

    /** A filter of so many cgroups is more than one dump has room for. */
    @Test
    void manyCgroupsAreSearched() throws IOException {
        Cgroup a = box().cgroup("a");
        Cgroup b = box().cgroup("b");
        List<Cgroup> children = new ArrayList<>();
        for (int i = 0; i < 1_100; i++) {
            children.add(box().host.hierarchy().create(a, "c" + i));
        }
        Process first = client(children.get(0), b, 2, "here");
        Process last = client(children.get(1_099), b, 2, "here");
        assertThat(box().ringwall(0, "apply", box().object, "--cgroup", a.toString(), "--kill-sockets"))
                .endsWith("  " + a + ": sockets ended: 8\n");
        assertThat(result(first)).isEqualTo(ENDED);
        assertThat(result(last)).isEqualTo(ENDED);
    }

    @Test
    void aDryRunAndARefusedApplyEndNothing() throws IOException {
        Cgroup a = box().cgroup("a");
        Cgroup b = box().cgroup("b");
        Process inside = client(a, b, 2, "here");
        String place = a.toString();
        box().ringwall(0, "apply", box().object, "--cgroup", place, "--kill-sockets", "--dry-run");
        box().ringwall(1, "apply", box().object, "--cgroup", place, "--kill-sockets", "--forget", "none");
        assertThat(box().ringwall(2, "apply", box().object, "--cgroup", place, "--kill-sockets=some"))
                .contains("`some` does not say which sockets to end");
        assertThat(box().ringwall(2, "apply", box().object, "--cgroup", place, "--kill-sockets", "--monitor", "1m"))
                .contains("--monitor denies nothing");
        assertThat(result(inside)).isEqualTo(ALIVE);
    }
}
