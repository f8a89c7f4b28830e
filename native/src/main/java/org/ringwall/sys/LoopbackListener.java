// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

/**
 * A TCP socket that listens on a port of 127.0.0.1 that the kernel chooses, for reading back what
 * the kernel reports of it. The library's class for it takes 20 ms to load.
 */
public final class LoopbackListener implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
    private static final int IPPROTO_IP = 0;
    private static final int IP_FREEBIND = 15;

    /** The size of `struct sockaddr_in`, and the offsets of its port and address in it. */
    private static final int ADDRESS = 16;

    private static final int PORT = 2;
    private static final int IP = 4;
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    private final Fd fd;
    private final int port;

    private LoopbackListener(Fd fd, int port) {
        this.fd = fd;
        this.port = port;
    }

    static LoopbackListener open(Syscalls syscalls) {
        Fd fd = Fd.of(syscalls, Math.toIntExact(syscalls.require(Call.SOCKET, AF_INET, SOCK_STREAM_CLOEXEC, 0)));
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            // The address exists only where the device `lo` is up.
            NativeBlock yes = frame.zeros(Integer.BYTES).putInt(0, 1);
            syscalls.call(Call.SETSOCKOPT, fd.number(), IPPROTO_IP, IP_FREEBIND, yes.address(), Integer.BYTES, 0);
            // The family is in host byte order; both supported machines are little-endian.
            NativeBlock address = frame.zeros(ADDRESS).putByte(0, AF_INET).put(IP, LOOPBACK);
            syscalls.require(Call.BIND, fd.number(), address.address(), ADDRESS);
            syscalls.require(Call.LISTEN, fd.number(), 1, 0);
            NativeBlock size = frame.zeros(Integer.BYTES).putInt(0, ADDRESS);
            syscalls.require(Call.GETSOCKNAME, fd.number(), address.address(), size.address());
            int port = Byte.toUnsignedInt(address.byteAt(PORT)) << 8 | Byte.toUnsignedInt(address.byteAt(PORT + 1));
            return new LoopbackListener(fd, port);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** Returns the port, 1..65535. */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        fd.close();
    }
}
