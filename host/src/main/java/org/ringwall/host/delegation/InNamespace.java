// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.delegation;

import java.io.IOException;
import java.nio.file.Path;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * A helper program that opens one descriptor in the user namespace of a delegation, and prints its
 * number, or the negated errno. It exits at the end of its standard input; until then the caller
 * can copy the descriptor. It is a process of its own because setns(2) and unshare(2) fail for a
 * user namespace if the process has several threads.
 */
public final class InNamespace {
    /** Opens a context for mounting a bpffs that belongs to the namespace. */
    static final String CONTEXT = "context";

    /** Creates a token from the bpffs that the next argument names. */
    static final String TOKEN = "token";

    private static final int FSOPEN_CLOEXEC = 1;
    private static final int TOKEN_CREATE = 36;
    private static final int ATTR_SIZE = 8;

    private InNamespace() {}

    /** Opens a descriptor of the kind that the first argument names. */
    public static void main(String[] args) throws IOException {
        Syscalls syscalls = Syscalls.ofThisMachine();
        long opened = args[0].equals(TOKEN) ? token(syscalls, Path.of(args[1])) : context(syscalls);
        System.out.println(opened);
        System.out.flush();
        if (System.in.read() >= 0) {
            throw new IOException("unexpected input");
        }
    }

    /**
     * Creates a BPF token (kernel/bpf/token.c) from the root directory of a bpffs that was mounted
     * with `delegate_` options. This process must be in the user namespace of the bpffs, and have
     * CAP_BPF there.
     *
     * @return the descriptor, or the negated error
     */
    private static long token(Syscalls syscalls, Path bpffs) {
        try (Host host = new Host(syscalls);
                Fd root = host.openDirectory(bpffs);
                NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE).putInt(Integer.BYTES, root.number());
            return syscalls.call(Call.BPF, TOKEN_CREATE, attr.address(), ATTR_SIZE, 0, 0, 0);
        }
    }

    private static long context(Syscalls syscalls) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            return syscalls.call(Call.FSOPEN, frame.text("bpf").address(), FSOPEN_CLOEXEC, 0, 0, 0, 0);
        }
    }
}
