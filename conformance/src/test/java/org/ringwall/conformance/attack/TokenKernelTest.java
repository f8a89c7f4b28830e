// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.Enforced;
import org.ringwall.sys.Call;
import org.ringwall.sys.Machine;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/**
 * An attack by a workload that is root of a user namespace and has a bpffs from which it creates a
 * BPF token with every right.
 */
@KernelTest
class TokenKernelTest {
    private static final String POLICY = "policy tokens\negress { deny if remote.port == 9; default allow }";

    /**
     * The arguments are the number of bpf(2), the cgroup, the base folder of the policy's pins, and
     * the id of its program at connect4. The commands and structs are those of
     * include/uapi/linux/bpf.h.
     */
    private static final String SCRIPT = """
            import ctypes, errno, os, struct, sys
            from socket import *
            libc = ctypes.CDLL(None, use_errno=True)
            BPF, cgroup, pins, program = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
            FSOPEN, FSCONFIG, FSMOUNT = 430, 431, 432
            SOCK_ADDR, CONNECT4 = 18, 10
            def call(number, *words):
                done = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(word) for word in words])
                if done < 0:
                    raise OSError(ctypes.get_errno(), 'system call %d' % number)
                return done
            def bpf(command, *fields):
                attr = ctypes.create_string_buffer(160)
                for form, at, value in fields:
                    struct.pack_into('=' + form, attr, at, value)
                return call(BPF, command, ctypes.addressof(attr), 160 if command == 5 else 64)
            def text(value):
                return ctypes.create_string_buffer(value.encode() + b'\\0')
            def said(attempt):
                try:
                    attempt()
                    return 'ok'
                except OSError as e:
                    return errno.errorcode[e.errno]
            def show(name, attempt):
                print(name, said(attempt), flush=True)
            def connects():
                with socket(AF_INET, SOCK_DGRAM) as s:
                    s.connect(('127.0.0.1', 9))
            def insn(code, register, immediate):
                return struct.pack('=BBhi', code, register, 0, immediate)
            def loaded(token=None):
                forgives = insn(0xb7, 1, 0) + insn(0x85, 0, 187) + insn(0xb7, 0, 1) + insn(0x95, 0, 0)
                code, terms = ctypes.create_string_buffer(forgives, 32), text('GPL')
                fields = [('I', 0, SOCK_ADDR), ('I', 4, 4), ('Q', 8, ctypes.addressof(code)), ('Q', 16, ctypes.addressof(terms)),
                          ('I', 68, CONNECT4)]
                if token is not None:
                    fields += [('I', 44, 1 << 16), ('i', 144, token)]
                return bpf(5, *fields)
            def linked(forgiving, flags=0):
                return bpf(28, ('I', 0, forgiving), ('I', 4, place), ('I', 8, CONNECT4), ('I', 12, flags))
            def removing(own):
                show('open pins', lambda: os.listdir(pins))
                name = text(pins + '/v1/tokens@test/g1/connect4')
                show('open program', lambda: bpf(7, ('Q', 0, ctypes.addressof(name))))
                show('program by id', lambda: bpf(13, ('I', 0, program)))
                show('next link', lambda: bpf(31, ('I', 0, 0)))
                show('link by id', lambda: bpf(30, ('I', 0, 1)))
                show('query', lambda: bpf(16, ('I', 0, place), ('I', 4, CONNECT4)))
                show('detach', lambda: bpf(9, ('I', 0, place), ('I', 4, 0), ('I', 8, CONNECT4)))
                show('detach own', lambda: bpf(9, ('I', 0, place), ('I', 4, own), ('I', 8, CONNECT4)))
                show('replace', lambda: bpf(8, ('I', 0, place), ('I', 4, own), ('I', 8, CONNECT4), ('I', 12, 2 | 4), ('I', 16, own)))
                show('override', lambda: bpf(8, ('I', 0, place), ('I', 4, own), ('I', 8, CONNECT4), ('I', 12, 1)))
            left, right = socketpair(AF_UNIX)
            child = os.fork()
            if child:
                right.close()
                left.recv(1)
                for kind in 'ug':
                    open('/proc/%d/%sid_map' % (child, kind), 'w').write('0 33 1')
                left.send(b'm')
                fs = recv_fds(left, 1, 1)[1][0]
                for key in ('delegate_cmds', 'delegate_maps', 'delegate_progs', 'delegate_attachs'):
                    words = text(key), text('any')
                    call(FSCONFIG, fs, 1, ctypes.addressof(words[0]), ctypes.addressof(words[1]), 0)
                call(FSCONFIG, fs, 6, 0, 0, 0)
                send_fds(left, [b'f'], [call(FSMOUNT, fs, 0, 0)])
                sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            left.close()
            call(272 if BPF == 321 else 97, 0x10000000 | 0x20000)
            right.send(b'u')
            right.recv(1)
            os.setresgid(0, 0, 0)
            os.setresuid(0, 0, 0)
            name = text('bpf')
            send_fds(right, [b'f'], [call(FSOPEN, ctypes.addressof(name), 0)])
            mounted = recv_fds(right, 1, 1)[1][0]
            place = os.open(cgroup, os.O_RDONLY)
            show('without token', loaded)
            token = bpf(36, ('I', 0, 0), ('I', 4, os.open('.', os.O_RDONLY, dir_fd=mounted)))
            own = loaded(token)
            removing(own)
            show('still', connects)
            try:
                first = linked(own, 1 << 3)
            except OSError:
                first = os.open('/', os.O_RDONLY)
            show('before', connects)
            os.close(first)
            after = linked(own)
            show('after', connects)
            os.close(after)
            show('in the end', connects)
            """;

    @TempDir
    private Path folder = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();

    @AfterEach
    void clean() {
        cgroup.close();
    }

    /**
     * With a token the workload attaches programs, as CAP_NET_ADMIN permits. Some kernels attach
     * none before another one.
     */
    @Test
    void aBpfTokenCannotDetachAndAttachesAfterThePolicy() {
        RunningKernel.needs(6, 9, "BPF tokens");
        try (Enforced enforced = Attacked.under(cgroup, POLICY)) {
            int program = connect4(enforced);
            String said = Scripts.run(
                            folder,
                            cgroup.path(),
                            Set.of(),
                            SCRIPT,
                            Call.BPF.number(Machine.current()),
                            cgroup.path(),
                            "/sys/fs/bpf/ringwall-test-"
                                    + ProcessHandle.current().pid(),
                            program)
                    .succeeded();
            assertThat(said.lines())
                    .containsExactly(
                            "without token EPERM",
                            "open pins EACCES",
                            "open program EACCES",
                            "program by id EPERM",
                            "next link EPERM",
                            "link by id EPERM",
                            "query EPERM",
                            "detach EINVAL",
                            "detach own ENOENT",
                            "replace ENOENT",
                            "override EPERM",
                            "still EPERM",
                            "before EPERM",
                            "after ok",
                            "in the end EPERM");
            assertThat(connect4(enforced)).isEqualTo(program);
        }
    }

    private static int connect4(Enforced enforced) {
        return Objects.requireNonNull(enforced.programs().get(Hook.CONNECT4)).id();
    }
}
