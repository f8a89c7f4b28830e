// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.ringwall.bpf.kernel.Errno;

/** A connected datagram socket of AF_UNIX, which the Java library does not have. */
public final class DatagramSocket implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int MSG_NOSIGNAL = 0x4000;

    /** The bytes of `struct sockaddr_un` before the path, and of the path with its NUL. */
    private static final int FAMILY = 2;

    private static final int PATH = 108;

    private final Syscalls syscalls;
    private final Fd fd;
    private final NativeArena arena;

    private DatagramSocket(Syscalls syscalls, Fd fd) {
        this.syscalls = syscalls;
        this.fd = fd;
        this.arena = new NativeArena(syscalls);
    }

    /** Connects to the socket at this path. */
    public static DatagramSocket connect(Syscalls syscalls, Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length >= PATH) {
            throw new SyscallException(Call.CONNECT, new ErrorNumber(Errno.ENAMETOOLONG.number()));
        }
        Fd fd = Fd.of(syscalls, Math.toIntExact(syscalls.require(Call.SOCKET, AF_UNIX, SOCK_DGRAM_CLOEXEC, 0)));
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock address = frame.zeros(FAMILY + PATH);
            // Both supported machines are little-endian.
            address.putByte(0, AF_UNIX).put(FAMILY, name);
            syscalls.require(Call.CONNECT, fd.number(), address.address(), FAMILY + name.length + 1);
            return new DatagramSocket(syscalls, fd);
        } catch (SyscallException e) {
            fd.close();
            throw e;
        }
    }

    /** Sends one datagram; waits while the receiver has no room. */
    public void send(byte[] datagram) {
        try (NativeArena.Frame frame = arena.frame()) {
            long bytes = frame.bytes(datagram).address();
            syscalls.require(Call.SENDTO, fd.number(), bytes, datagram.length, MSG_NOSIGNAL, 0, 0);
        }
    }

    @Override
    public void close() {
        fd.close();
        arena.close();
    }
}
