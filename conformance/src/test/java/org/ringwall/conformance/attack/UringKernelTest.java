// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * A test of connects through io_uring: by the submitter, by a worker, by the polling thread, and
 * linked to the creation of the socket.
 */
@KernelTest
class UringKernelTest {
    /**
     * include/uapi/linux/io_uring.h: a ring of eight entries, whose operations are numbered from 0.
     */
    private static final String RING = """
            import ctypes, errno, fcntl, os, struct, sys, time
            from socket import *
            libc = ctypes.CDLL(None, use_errno=True)
            libc.mmap.restype = ctypes.c_void_p
            libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
            FIXED, LINK, ASYNC, SQPOLL = 1, 4, 16, 2
            CONNECT, SOCKET = 16, 45
            def call(number, *words):
                done = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(word) for word in words])
                if done < 0:
                    raise OSError(ctypes.get_errno(), 'system call %d' % number)
                return done
            kept = []
            class Ring:
                def __init__(self, flags=0):
                    self.params = ctypes.create_string_buffer(120)
                    struct.pack_into('=I', self.params, 8, flags)
                    struct.pack_into('=I', self.params, 16, 2000)
                    self.fd = call(425, 8, ctypes.addressof(self.params))
                    self.polled = flags & SQPOLL
                    self.sq, self.cq, self.sqes = [self.mapped(at) for at in (0, 0x8000000, 0x10000000)]
                def mapped(self, at):
                    return libc.mmap(None, 4096, 3, 0x8001, self.fd, at)
                def at(self, base, field):
                    return ctypes.c_uint32.from_address(base + struct.unpack_from('=I', self.params, field)[0])
                def register(self, *fds):
                    kept.append((ctypes.c_int * len(fds))(*fds))
                    call(427, self.fd, 2, ctypes.addressof(kept[-1]), len(fds))
                def personality(self):
                    return call(427, self.fd, 9, 0, 0)
                def submit(self, *entries):
                    tail = self.at(self.sq, 44)
                    for i, entry in enumerate(entries):
                        index = (tail.value + i) % 8
                        ctypes.memmove(self.sqes + 64 * index, entry, 64)
                        ctypes.c_uint32.from_address(ctypes.addressof(self.at(self.sq, 64)) + 4 * index).value = index
                    tail.value += len(entries)
                    call(426, self.fd, len(entries), len(entries), 3 if self.polled else 1, 0, 0)
                    head, end, results = self.at(self.cq, 80), self.at(self.cq, 84), {}
                    assert end.value - head.value == len(entries)
                    while head.value != end.value:
                        cqe = ctypes.addressof(self.at(self.cq, 100)) + 16 * (head.value % 16)
                        user, result = struct.unpack('=qi', ctypes.string_at(cqe, 12))
                        results[user] = result
                        head.value += 1
                    return [results[i] for i in range(len(entries))]
            def connecting(fd, to, flags=0, number=0, personality=0):
                address = struct.pack('=H', AF_INET) + struct.pack('>H', to[1]) + inet_aton(to[0]) + bytes(8)
                kept.append(ctypes.create_string_buffer(address, 16))
                entry = struct.pack('=BBHiQQIIQHH', CONNECT, flags, 0, fd, 16, ctypes.addressof(kept[-1]), 0, 0, number, 0, personality)
                return entry.ljust(64, b'\\0')
            def making(flags, number=0):
                return struct.pack('=BBHiQQIIQ', SOCKET, flags, 0, AF_INET, SOCK_STREAM, 0, 0, 0, number).ljust(64, b'\\0')
            def named(result):
                return 'ok' if result >= 0 else errno.errorcode[-result]
            def place(sockaddr):
                return '%s:%d' % (inet_ntoa(sockaddr[4:8]), struct.unpack('>H', sockaddr[2:4])[0])
            def up():
                with socket(AF_INET, SOCK_DGRAM) as s:
                    fcntl.ioctl(s, 0x8914, struct.pack('16sh22x', b'lo', 1))
            """;

    private static final String REDIRECTED = """
            up()
            listener = socket()
            listener.bind(('127.0.0.1', 3128))
            listener.listen()
            listener.settimeout(5)
            def attempt(way, to):
                if way == 'linked':
                    ring = Ring()
                    with open('/dev/null') as next_one:
                        number = next_one.fileno()
                    made, result = ring.submit(making(LINK), connecting(number, to, 0, 1))
                    assert made == number, made
                    return socket(fileno=made), result
                client = socket()
                if way == 'sqpoll':
                    ring = Ring(SQPOLL)
                    ring.register(client.fileno())
                    return client, ring.submit(connecting(0, to, FIXED))[0]
                return client, Ring().submit(connecting(client.fileno(), to, ASYNC if way == 'async' else 0))[0]
            for way in sys.argv[1:]:
                client, result = attempt(way, ('192.0.2.1', 80))
                accepted = listener.accept()[0]
                print(way, named(result), '%s:%d' % client.getpeername(), place(accepted.getsockopt(0, 80, 16)),
                      named(attempt(way, ('127.0.0.9', 3128))[1]), flush=True)
            """;

    /** Root created the rings; the process has since become another user. */
    private static final String FORMER_USER = """
            up()
            listener = socket()
            listener.bind(('127.0.0.8', 3128))
            listener.listen()
            to = ('127.0.0.8', 3128)
            clients = [socket() for i in range(4)]
            numbers = [client.fileno() for client in clients]
            plain, polled = Ring(), Ring(SQPOLL)
            polled.register(*numbers)
            root = plain.personality()
            os.setresgid(33, 33, 33)
            os.setresuid(33, 33, 33)
            print('submitted', named(plain.submit(connecting(numbers[0], to))[0]))
            print('worker', named(plain.submit(connecting(numbers[1], to, ASYNC))[0]))
            print('polled', named(polled.submit(connecting(2, to, FIXED))[0]))
            print('personality', named(plain.submit(connecting(numbers[3], to, 0, 0, root))[0]))
            """;

    private static final String REDIRECTING = """
            policy rings
            answer SO_ORIGINAL_DST
            egress {
              deny if remote.ip == 127.0.0.9
              redirect 127.0.0.1:3128 if remote.ip == 192.0.2.1
              default allow
            }
            """;

    @TempDir
    private Path folder = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();

    @AfterEach
    void clean() {
        cgroup.close();
    }

    private String under(String policy, String script, Object... words) {
        try (Enforced enforced = Attacked.under(cgroup, policy)) {
            assertThat(enforced).isNotNull();
            return Scripts.run(folder, cgroup.path(), Set.of(Scripts.Namespace.NETWORK), RING + script, words)
                    .succeeded()
                    .strip();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"submitted", "async", "sqpoll"})
    void anIoUringConnectIsRedirected(String way) {
        assertThat(under(REDIRECTING, REDIRECTED, way)).isEqualTo(way + " ok 192.0.2.1:80 192.0.2.1:80 EPERM");
    }

    /**
     * The descriptor's number is predicted: a linked operation looks its file up when it begins.
     */
    @Test
    void aConnectLinkedToItsSocketOperationIsRedirected() {
        RunningKernel.needs(5, 19, "IORING_OP_SOCKET");
        assertThat(under(REDIRECTING, REDIRECTED, "linked")).isEqualTo("linked ok 192.0.2.1:80 192.0.2.1:80 EPERM");
    }

    @Test
    void sqPollAndPersonalitiesKeepThePreviousCredentials() {
        RunningKernel.needs(5, 12, "threads of io_uring that belong to the process");
        String policy = "policy rings\negress { deny if uid == 33; default allow }";
        assertThat(under(policy, FORMER_USER).lines())
                .containsExactly("submitted EPERM", "worker EPERM", "polled ok", "personality ok");
    }

    /** The connecting thread is in the cgroup of its process, whichever it is. */
    @ParameterizedTest
    @ValueSource(strings = {"submitted", "async", "sqpoll"})
    void ioUringThreadsAreInTheCgroupOfTheirProcess(String way) {
        RunningKernel.needs(5, 12, "threads of io_uring that belong to the process");
        String policy = REDIRECTING.replace(
                "default allow",
                "deny if not ancestor(" + cgroup.level() + ") == "
                        + cgroup.cgroup().id() + "\n  default allow");
        policy = policy.replace(
                "if remote.ip == 192.0.2.1",
                "if remote.ip == 192.0.2.1 and cgroup == " + cgroup.cgroup().id());
        assertThat(under(policy, REDIRECTED, way)).isEqualTo(way + " ok 192.0.2.1:80 192.0.2.1:80 EPERM");
    }
}
