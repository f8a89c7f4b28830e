// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.util.Arrays;
import java.util.HexFormat;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** A system-call driver that connects and sends to Unix sockets, and reads their names. */
final class UnixCalls {
    private static final int AF_UNIX = 1;
    private static final int DGRAM = 2;
    private static final int NONBLOCK = 0x800;
    private static final int CLOEXEC = 0x80000;
    private static final int SUN_PATH = 2;
    private static final int STORAGE = 128;
    private static final int AT_FDCWD = -100;

    private final Syscalls syscalls;

    UnixCalls(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /**
     * Makes a call. `words` are the operation, the socket's type, and `sun_path` in hex, or `-` if
     * it is empty; the address ends after these bytes. For `connect` and `send`, a fourth word is
     * the abstract name of a socket that listens meanwhile.
     */
    Answer run(String[] words) {
        int type = Integer.parseInt(words[1]);
        byte[] path = bytes(words[2]);
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            return switch (words[0]) {
                case "connect", "send" ->
                    words.length > 3
                            ? reached(frame, words[0], type, path, bytes(words[3]))
                            : reach(frame, words[0], type, path);
                case "sockname" -> ownName(frame, type, path);
                case "peername", "receive" -> nameOfPair(frame, words[0], type, path);
                default -> throw new IllegalArgumentException("no operation " + words[0]);
            };
        }
    }

    private static byte[] bytes(String hex) {
        return hex.equals("-") ? new byte[0] : HexFormat.of().parseHex(hex);
    }

    private long call(Call call, long... arguments) {
        long[] all = Arrays.copyOf(arguments, 6);
        return syscalls.call(call, all[0], all[1], all[2], all[3], all[4], all[5]);
    }

    private static NativeBlock address(NativeArena.Frame frame, byte[] path) {
        NativeBlock address = frame.bytes(new byte[SUN_PATH + path.length]);
        return address.put(0, new byte[] {AF_UNIX, 0}).put(SUN_PATH, path);
    }

    private Answer reach(NativeArena.Frame frame, String operation, int type, byte[] path) {
        long fd = call(Call.SOCKET, AF_UNIX, type | NONBLOCK | CLOEXEC, 0);
        if (fd < 0) {
            return answer(fd, "socket");
        }
        try {
            NativeBlock address = address(frame, path);
            if (operation.equals("connect")) {
                return answer(call(Call.CONNECT, fd, address.address(), address.size()), "connect");
            }
            NativeBlock payload = frame.bytes(new byte[] {42});
            return answer(call(Call.SENDTO, fd, payload.address(), 1, 0, address.address(), address.size()), "sendto");
        } finally {
            call(Call.CLOSE, fd);
        }
    }

    /** Makes the call while a socket listens under an abstract name. */
    private Answer reached(NativeArena.Frame frame, String operation, int type, byte[] path, byte[] listening) {
        long fd = call(Call.SOCKET, AF_UNIX, type | NONBLOCK | CLOEXEC, 0);
        if (fd < 0) {
            return answer(fd, "socket");
        }
        try {
            long bound = bind(frame, fd, listening);
            if (bound < 0) {
                return answer(bound, "bind");
            }
            if (type != DGRAM) {
                call(Call.LISTEN, fd, 5);
            }
            return reach(frame, operation, type, path);
        } finally {
            call(Call.CLOSE, fd);
        }
    }

    private Answer ownName(NativeArena.Frame frame, int type, byte[] path) {
        long fd = call(Call.SOCKET, AF_UNIX, type | NONBLOCK | CLOEXEC, 0);
        if (fd < 0) {
            return answer(fd, "socket");
        }
        try {
            long bound = bind(frame, fd, path);
            return bound < 0 ? answer(bound, "bind") : named(frame, Call.GETSOCKNAME, fd);
        } finally {
            call(Call.CLOSE, fd);
        }
    }

    /**
     * Binds one socket of a socketpair and reads its name through the other, so that no connect(2)
     * or destination address is involved.
     */
    private Answer nameOfPair(NativeArena.Frame frame, String operation, int type, byte[] path) {
        NativeBlock pair = frame.zeros(8);
        long made = call(Call.SOCKETPAIR, AF_UNIX, type | NONBLOCK | CLOEXEC, 0, pair.address());
        if (made < 0) {
            return answer(made, "socketpair");
        }
        int one = pair.intAt(0);
        int other = pair.intAt(4);
        try {
            if (path.length > 0) {
                long bound = bind(frame, one, path);
                if (bound < 0) {
                    return answer(bound, "bind");
                }
            }
            if (operation.equals("peername")) {
                return named(frame, Call.GETPEERNAME, other);
            }
            NativeBlock payload = frame.bytes(new byte[] {42});
            long sent = call(Call.SENDTO, one, payload.address(), 1);
            return sent < 0 ? answer(sent, "sendto") : named(frame, Call.RECVFROM, other);
        } finally {
            call(Call.CLOSE, one);
            call(Call.CLOSE, other);
        }
    }

    /**
     * Binds a socket. A path outlives its socket, so it is unlinked as soon as bind(2) has created
     * it; an existing file makes bind(2) fail and is kept.
     */
    private long bind(NativeArena.Frame frame, long fd, byte[] path) {
        NativeBlock address = address(frame, path);
        long bound = call(Call.BIND, fd, address.address(), address.size());
        if (bound >= 0 && path[0] != 0) {
            NativeBlock name = frame.bytes(Arrays.copyOf(path, path.length + 1));
            call(Call.UNLINKAT, AT_FDCWD, name.address(), 0);
        }
        return bound;
    }

    /** Returns `named:` and the address in hex, as the kernel wrote it. */
    private Answer named(NativeArena.Frame frame, Call call, long fd) {
        NativeBlock storage = frame.zeros(STORAGE);
        NativeBlock size = frame.bytes(new byte[] {(byte) STORAGE, 0, 0, 0});
        NativeBlock payload = frame.zeros(1);
        long result = call == Call.RECVFROM
                ? call(call, fd, payload.address(), 1, 0, storage.address(), size.address())
                : call(call, fd, storage.address(), size.address());
        byte[] name = storage.bytes(0, Math.min(STORAGE, size.intAt(0)));
        return answer(result, "named:" + HexFormat.of().formatHex(name));
    }

    private static Answer answer(long result, String step) {
        return new Answer(result < 0 ? (int) -result : 0, step);
    }
}
