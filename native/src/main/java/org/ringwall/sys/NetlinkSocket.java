// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.util.OptionalLong;
import org.ringwall.bpf.kernel.Errno;

/**
 * A netlink socket for sock_diag(7), which lists and ends the sockets of the network namespace in
 * which it was opened, whatever the namespace of the thread that uses it.
 */
public final class NetlinkSocket implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int NETLINK_SOCK_DIAG = 4;
    private static final int SOL_SOCKET = 1;
    private static final int SO_NETNS_COOKIE = 71;
    private static final int MSG_TRUNC = 0x20;

    /** The kernel fills up to 32 KiB for one receive ({@code netlink_dump}). */
    private static final int BUFFER = 1 << 16;

    private final Syscalls syscalls;
    private final Fd fd;
    private final NativeArena arena;

    private NetlinkSocket(Syscalls syscalls, Fd fd) {
        this.syscalls = syscalls;
        this.fd = fd;
        this.arena = new NativeArena(syscalls);
    }

    /** Opens a socket in the network namespace of this thread. */
    static NetlinkSocket diagnostics(Syscalls syscalls) {
        long fd = syscalls.require(Call.SOCKET, AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG);
        return new NetlinkSocket(syscalls, Fd.of(syscalls, Math.toIntExact(fd)));
    }

    /**
     * Returns the cookie of the network namespace in which the socket was opened; empty before
     * Linux 5.14 (SO_NETNS_COOKIE).
     */
    public OptionalLong namespaceCookie() {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock cookie = frame.zeros(Long.BYTES);
            NativeBlock length = frame.zeros(Integer.BYTES).putInt(0, Long.BYTES);
            long result = syscalls.call(
                    Call.GETSOCKOPT, fd.number(), SOL_SOCKET, SO_NETNS_COOKIE, cookie.address(), length.address(), 0);
            return result == 0 ? OptionalLong.of(cookie.longAt(0)) : OptionalLong.empty();
        }
    }

    /** Sends one message to the kernel. */
    public void send(byte[] message) {
        try (NativeArena.Frame frame = arena.frame()) {
            long bytes = frame.bytes(message).address();
            syscalls.require(Call.SENDTO, fd.number(), bytes, message.length, 0, 0, 0);
        }
    }

    /** Returns the next datagram of the kernel, with one message or several. */
    public byte[] receive() {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock buffer = frame.zeros(BUFFER);
            long size = syscalls.require(Call.RECVFROM, fd.number(), buffer.address(), BUFFER, MSG_TRUNC, 0, 0);
            if (size > BUFFER) {
                throw new SyscallException(Call.RECVFROM, ErrorNumber.of(Errno.EMSGSIZE));
            }
            return buffer.bytes(0, Math.toIntExact(size));
        }
    }

    @Override
    public void close() {
        fd.close();
        arena.close();
    }
}
