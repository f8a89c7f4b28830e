// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.delegation;

import java.io.IOException;
import java.nio.file.Path;
import org.ringwall.loader.bpf.Token;
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.Host;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.Syscalls;

/**
 * A program that runs in the user namespace of a delegation, opens one descriptor there and prints
 * its number, or the negated error. It ends when its standard input does; until then the caller can
 * copy the descriptor. A process of its own is needed because setns(2) and unshare(2) move no
 * process with several threads to another user namespace.
 */
public final class InNamespace {
    /** Opens a context for mounting a bpffs that belongs to the namespace. */
    static final String CONTEXT = "context";

    /** Creates a token from the bpffs that is named next. */
    static final String TOKEN = "token";

    private static final int FSOPEN_CLOEXEC = 1;

    private InNamespace() {}

    /** Opens what the first word says. */
    public static void main(String[] args) throws IOException {
        Syscalls syscalls = Syscalls.ofThisMachine();
        long opened = args[0].equals(TOKEN) ? token(syscalls, Path.of(args[1])) : context(syscalls);
        System.out.println(opened);
        System.out.flush();
        if (System.in.read() >= 0) {
            throw new IOException("unexpected input");
        }
    }

    private static long token(Syscalls syscalls, Path bpffs) {
        try (Host host = new Host(syscalls);
                Fd root = host.openDirectory(bpffs)) {
            return Token.create(syscalls, root);
        }
    }

    private static long context(Syscalls syscalls) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            return syscalls.call(Call.FSOPEN, frame.text("bpf").address(), FSOPEN_CLOEXEC, 0, 0, 0, 0);
        }
    }
}
