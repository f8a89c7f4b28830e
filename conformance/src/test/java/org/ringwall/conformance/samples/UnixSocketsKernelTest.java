// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * A test of listening Unix sockets under a policy that names paths: the policy compares the
 * spelling, not the file.
 */
@KernelTest
class UnixSocketsKernelTest {
    /** `NAME` is replaced by the folder and a name of this run. */
    private static final String POLICY = """
            policy unix_names
            requires kernel 6.7
            on connect_unix {
              deny EACCES if path == "NAME/denied"
              deny ENOENT if path suffix "-abstract" and path prefix "@"
              default allow
            }
            on sendmsg_unix {
              allow if path == "NAME/datagrams" and type == dgram
              default deny ECONNREFUSED
            }
            """;

    private static final String ALLOW_LIST = """
            policy unix_list
            requires kernel 6.7
            on connect_unix {
              allow if path == "NAME/allowed"
              default deny EACCES
            }
            """;

    /** Each line prints `ok` or the errno's name. */
    private static final String SCRIPT = """
            import errno, os, socket, sys
            where = sys.argv[1]
            os.chdir(where)
            keep = []
            def listen(address, kind=socket.SOCK_STREAM):
                s = socket.socket(socket.AF_UNIX, kind)
                if address[0] != '\\0' and os.path.lexists(address):
                    os.unlink(address)
                s.bind(address)
                if kind == socket.SOCK_STREAM:
                    s.listen(20)
                keep.append(s)
            def say(operation):
                try:
                    operation()
                    print('ok')
                except OSError as e:
                    print(errno.errorcode[e.errno])
            def connect(address):
                say(lambda: socket.socket(socket.AF_UNIX).connect(address))
            def send(address):
                say(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', address))
            name = '\\0' + where[1:]
            listen(where + '/denied')
            listen(where + '/allowed')
            listen(name + '-abstract')
            listen(name + '-free')
            listen(name + '-free\\0-abstract')
            listen('@denied')
            listen(where + '/datagrams', socket.SOCK_DGRAM)
            listen(where + '/others', socket.SOCK_DGRAM)
            if not os.path.lexists('link'):
                os.symlink(where + '/denied', 'link')
            connect(where + '/denied')
            connect(where + '/allowed')
            connect('denied')
            connect('/' + where + '/denied')
            connect(where + '/./denied')
            connect(where + '/link')
            connect(name + '-abstract')
            connect(name + '-free')
            connect(name + '-free\\0-abstract')
            connect('@denied')
            connect('./@denied')
            send(where + '/datagrams')
            send(where + '/others')
            one, other = socket.socketpair()
            say(lambda: one.send(b'x'))
            """;

    @TempDir
    Path folder = Path.of("");

    @Test
    void aDenyListIsBypassedByOtherSpellingsOfAPath() {
        RunningKernel.needs(6, 7, "hooks at unix sockets");
        assertThat(answers(POLICY))
                .containsExactly(
                        "EACCES", // the path as written in the policy
                        "ok",
                        "ok", // relative
                        "ok", // two slashes
                        "ok", // a dot
                        "ok", // a symbolic link
                        "ENOENT", // the abstract name
                        "ok",
                        "EACCES", // a NUL in the name: unknown, so a rule that could deny does
                        "EACCES", // a file whose name looks abstract: unknown
                        "ok", // the same file by another spelling
                        "ok",
                        "ECONNREFUSED",
                        "ok"); // a pair has no address
    }

    @Test
    void anAllowListIsNotBypassedByOtherSpellings() {
        RunningKernel.needs(6, 7, "hooks at unix sockets");
        assertThat(answers(ALLOW_LIST))
                .containsExactly(
                        "EACCES", "ok", "EACCES", "EACCES", "EACCES", "EACCES", "EACCES", "EACCES", "EACCES", "EACCES",
                        "EACCES", "ok", "ok", "ok");
    }

    private static final String RENAMES = """
            policy unix_renames
            requires kernel 6.7
            on getpeername_unix { when path == "@client" { assign path = "@shown" } }
            on recvmsg_unix { when path == "@client" { assign path = "@shown" } }
            on getsockname_unix { when path == "@server" { assign path = "@shown" } }
            """;

    /** The server stays outside; its child enters the cgroup before it creates its socket. */
    private static final String SERVER_OUTSIDE = """
            import os, socket, sys
            a = socket.socket(socket.AF_UNIX)
            a.bind('\\0server')
            a.listen()
            if os.fork() == 0:
                open(sys.argv[1] + '/cgroup.procs', 'w').write(str(os.getpid()))
                c = socket.socket(socket.AF_UNIX)
                c.bind('\\0client')
                c.connect('\\0server')
                c.send(b'x')
                c.recv(9)
                os._exit(0)
            s, told = a.accept()
            print(told, s.getpeername(), s.recvfrom(9)[1], s.getsockname(), a.getsockname())
            s.send(b'x')
            os.wait()
            """;

    /**
     * The kernel creates the server's end when the client connects, so the policy of the client's
     * cgroup applies.
     */
    @Test
    void theServersEndBelongsToTheClientsCgroup() {
        RunningKernel.needs(6, 7, "hooks at unix sockets");
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            List<String> command = List.of(
                    "unshare",
                    "-n",
                    "python3",
                    "-c",
                    SERVER_OUTSIDE,
                    cgroup.path().toString());
            assertThat(run(command)).containsExactly("b'\\x00client' ".repeat(3) + "b'\\x00server' b'\\x00server'");
            try (Enforced enforced = Enforced.on(cgroup, object(RENAMES), Map.of())) {
                assertThat(run(command)).containsExactly("b'\\x00shown' ".repeat(4) + "b'\\x00server'");
            }
        }
    }

    private List<String> answers(String policy) {
        String text = policy.replace("NAME", folder.toString());
        try (ChildCgroup cgroup = ChildCgroup.make();
                Enforced enforced = Enforced.on(cgroup, object(text), Map.of())) {
            return run(cgroup);
        }
    }

    private static BpfObject object(String policy) {
        return PolicyObjects.of("unix.wall", policy, Hook.CONNECT_UNIX.since(), ByteOrder.nativeOrder());
    }

    private List<String> run(ChildCgroup cgroup) {
        return Scripts.run(folder, cgroup.path(), Set.of(), SCRIPT, folder)
                .succeeded()
                .lines()
                .toList();
    }

    private static List<String> run(List<String> command) {
        try {
            Process child = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(child.waitFor()).isZero();
            return out.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
