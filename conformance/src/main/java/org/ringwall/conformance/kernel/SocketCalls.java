// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.math.BigInteger;
import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/**
 * A system-call driver for {@link SocketCall}s. Sockets are non-blocking: EINPROGRESS counts as
 * success.
 */
final class SocketCalls {
    private static final int NONBLOCK = 0x800;
    private static final int CLOEXEC = 0x80000;
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final int TCP_FASTOPEN_CONNECT = 30;
    private static final int MSG_FASTOPEN = 0x20000000;
    private static final int EINPROGRESS = 115;
    private static final String MAPPED_LOOPBACK = "ffff7f000001";

    private final Syscalls syscalls;

    SocketCalls(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** Makes a call; `words` are those of {@link SocketCall#line} after `socket`. */
    Answer run(String[] words) {
        SocketCall.Operation operation = SocketCall.Operation.valueOf(words[0]);
        int type = Integer.parseInt(words[2]) | NONBLOCK | CLOEXEC;
        long fd = syscalls.call(Call.SOCKET, Integer.parseInt(words[1]), type, Integer.parseInt(words[3]), 0, 0, 0);
        if (fd < 0 || operation == SocketCall.Operation.MAKE) {
            close(fd);
            return answer(Math.min(fd, 0), "socket");
        }
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            return use(frame, operation, fd, words);
        } finally {
            close(fd);
        }
    }

    private Answer use(NativeArena.Frame frame, SocketCall.Operation operation, long fd, String[] words) {
        NativeBlock address = address(frame, words[4].equals("4"), words[5], Integer.parseInt(words[6]));
        return switch (operation) {
            case MAKE -> throw new IllegalStateException("made already");
            case CONNECT -> connect(fd, address);
            case SEND -> answer(send(frame, fd, address, 0), "sendto");
            case BIND -> answer(syscalls.call(Call.BIND, fd, address.address(), address.size(), 0, 0, 0), "bind");
            case FASTOPEN -> answer(send(frame, fd, address, MSG_FASTOPEN), "sendto");
            case FASTOPEN_CONNECT -> {
                option(frame, fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
                yield connect(fd, address);
            }
            case CONNECT_FROM_MAPPED -> {
                option(frame, fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
                NativeBlock local = address(frame, false, MAPPED_LOOPBACK, 0);
                syscalls.require(Call.BIND, fd, local.address(), local.size());
                yield connect(fd, address);
            }
        };
    }

    private Answer connect(long fd, NativeBlock address) {
        return answer(syscalls.call(Call.CONNECT, fd, address.address(), address.size(), 0, 0, 0), "connect");
    }

    private long send(NativeArena.Frame frame, long fd, NativeBlock address, int flags) {
        NativeBlock payload = frame.bytes(new byte[] {42});
        return syscalls.call(Call.SENDTO, fd, payload.address(), 1, flags, address.address(), address.size());
    }

    private void option(NativeArena.Frame frame, long fd, int level, int name, int value) {
        NativeBlock block = frame.zeros(4).putInt(0, value);
        syscalls.require(Call.SETSOCKOPT, fd, level, name, block.address(), 4, 0);
    }

    /**
     * Returns a sockaddr_in of 16 bytes or a sockaddr_in6 of 28 bytes, with address and port in
     * network byte order.
     */
    private static NativeBlock address(NativeArena.Frame frame, boolean v4, String hex, int port) {
        byte[] raw = new BigInteger(hex, 16).toByteArray();
        int length = v4 ? 4 : 16;
        byte[] bytes = new byte[length];
        int copied = Math.min(raw.length, length);
        System.arraycopy(raw, raw.length - copied, bytes, length - copied, copied);
        NativeBlock block = frame.bytes(new byte[v4 ? 16 : 28]);
        block.put(0, new byte[] {(byte) (v4 ? 2 : 10), 0, (byte) (port >>> 8), (byte) port});
        return block.put(v4 ? 4 : 8, bytes);
    }

    private void close(long fd) {
        if (fd >= 0) {
            syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        }
    }

    private static Answer answer(long result, String step) {
        return new Answer(result < 0 && result != -EINPROGRESS ? (int) -result : 0, step);
    }
}
