package org.ringwall.conformance.kernel;

import java.util.HexFormat;
import org.ringwall.loader.sys.Call;
import org.ringwall.loader.sys.NativeArena;
import org.ringwall.loader.sys.NativeBlock;
import org.ringwall.loader.sys.Syscalls;

/** Reaches for Unix sockets for real. */
final class UnixDeeds {
    private static final int AF_UNIX = 1;
    private static final int NONBLOCK = 0x800;
    private static final int CLOEXEC = 0x80000;
    private static final int SUN_PATH = 2;

    private final Syscalls syscalls;

    UnixDeeds(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** `words` are `connect` or `send`, the socket's type, and `sun_path` in hex: the length of the address says where it ends. */
    Answer run(String[] words) {
        int type = Integer.parseInt(words[1]) | NONBLOCK | CLOEXEC;
        long fd = syscalls.call(Call.SOCKET, AF_UNIX, type, 0, 0, 0, 0);
        if (fd < 0) {
            return answer(fd, "socket");
        }
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            byte[] path = HexFormat.of().parseHex(words[2]);
            NativeBlock address = frame.bytes(new byte[SUN_PATH + path.length]);
            address.put(0, new byte[] {AF_UNIX, 0}).put(SUN_PATH, path);
            if (words[0].equals("connect")) {
                return answer(syscalls.call(Call.CONNECT, fd, address.address(), address.size(), 0, 0, 0), "connect");
            }
            NativeBlock payload = frame.bytes(new byte[] {42});
            return answer(
                    syscalls.call(Call.SENDTO, fd, payload.address(), 1, 0, address.address(), address.size()),
                    "sendto");
        } finally {
            syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        }
    }

    private static Answer answer(long result, String step) {
        return new Answer(result < 0 ? (int) -result : 0, step);
    }
}
