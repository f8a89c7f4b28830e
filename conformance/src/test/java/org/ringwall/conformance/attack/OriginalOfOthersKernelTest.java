// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;

/**
 * An attack by a process of another cgroup on the original destination of a tenant's connection.
 */
@KernelTest
class OriginalOfOthersKernelTest {
    /** Proxy and client are one process; the others enter the cgroup in the first argument. */
    private static final String SCRIPT = """
            import ctypes, errno, fcntl, os, struct, sys
            from socket import *
            libc = ctypes.CDLL(None, use_errno=True)
            def original(of):
                try:
                    answer = of.getsockopt(0, 80, 16)
                    return '%s:%d' % (inet_ntoa(answer[4:8]), struct.unpack('>H', answer[2:4])[0])
                except OSError:
                    return 'unknown'
            def taken(pid, number):
                fd = libc.syscall(438, os.pidfd_open(pid), number, 0)
                if fd < 0:
                    raise OSError(ctypes.get_errno(), 'pidfd_getfd')
                return socket(fileno=fd)
            def other(name, user, reading):
                own, theirs = socketpair(AF_UNIX)
                child = os.fork()
                if child == 0:
                    open(sys.argv[1] + '/cgroup.procs', 'w').write('0')
                    for held in (client, accepted, listener):
                        os.close(held.detach())
                    if user:
                        os.setresgid(user, user, user)
                        os.setresuid(user, user, user)
                    try:
                        said = reading(theirs)
                    except OSError as e:
                        said = errno.errorcode[e.errno]
                    print(name, said, flush=True)
                    os._exit(0)
                send_fds(own, [b'x'], [accepted.fileno(), client.fileno(), listener.fileno()])
                os.waitpid(child, 0)
            def passed(by):
                return ' '.join(original(socket(fileno=fd)) for fd in recv_fds(by, 1, 3)[1])
            def copied(by):
                return ' '.join(original(taken(os.getppid(), number)) for number in numbers)
            def strange(by):
                libc.unshare(0x40000000)
                same = up()
                caught = socket()
                caught.bind(ends[0])
                caught.connect(ends[1])
                return original(same.accept()[0])
            def up():
                with socket(AF_INET, SOCK_DGRAM) as s:
                    fcntl.ioctl(s, 0x8914, struct.pack('16sh22x', b'lo', 1))
                made = socket()
                made.bind(('127.0.0.1', 3128))
                made.listen()
                return made
            listener = up()
            client = socket()
            client.connect(('192.0.2.1', 80))
            accepted = listener.accept()[0]
            numbers = [accepted.fileno(), client.fileno(), listener.fileno()]
            ends = (client.getsockname(), ('127.0.0.1', 3128))
            print('proxy', original(accepted), original(client), original(listener), flush=True)
            other('passed', 65534, passed)
            other('copied', 0, copied)
            other('copied by nobody', 65534, copied)
            other('same ends', 0, strange)
            """;

    @TempDir
    private Path folder = Path.of("");

    private final ChildCgroup outer = ChildCgroup.make();
    private final ChildCgroup tenant = outer.child();
    private final ChildCgroup stranger = outer.child();

    @AfterEach
    void clean() {
        stranger.close();
        tenant.close();
        outer.close();
    }

    @Test
    void onlyHoldersOfTheAcceptedSocketReadTheOriginalDestination() {
        try (Enforced enforced = Attacked.under(tenant, Attacked.REDIRECTING)) {
            assertThat(enforced).isNotNull();
            String said = Scripts.run(folder, tenant.path(), Set.of(Scripts.Namespace.NETWORK), SCRIPT, stranger.path())
                    .succeeded();
            assertThat(said.lines())
                    .containsExactly(
                            "proxy 192.0.2.1:80 unknown unknown",
                            "passed 192.0.2.1:80 unknown unknown",
                            "copied 192.0.2.1:80 unknown unknown",
                            "copied by nobody EPERM",
                            "same ends unknown");
        }
    }
}
