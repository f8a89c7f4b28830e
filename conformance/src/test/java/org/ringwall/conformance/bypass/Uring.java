// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.MappedMemory;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;

/**
 * One operation by io_uring: struct io_uring_params, io_uring_sqe and io_uring_cqe of
 * include/uapi/linux/io_uring.h.
 */
final class Uring {
    private static final int SENDMSG = 9;
    private static final int CONNECT = 16;
    private static final int OPENAT = 18;
    private static final int READ = 22;
    private static final int SOCKET = 45;
    private static final int URING_CMD = 46;
    private static final int SEND_ZC = 47;
    private static final int SOCKET_URING_OP_GETSOCKOPT = 2;
    private static final int SOCKET_URING_OP_SETSOCKOPT = 3;
    private static final int BIND = 56;
    private static final long OFF_CQ_RING = 0x8000000L;
    private static final long OFF_SQES = 0x10000000L;
    private static final int GETEVENTS = 1;
    private static final int IOSQE_ASYNC = 16;
    private static final int PAGE = 4096;

    private final Os os;
    private final int how;

    Uring(Os os) {
        this(os, 0);
    }

    private Uring(Os os, int how) {
        this.os = os;
        this.how = how;
    }

    /** Returns a ring whose operations a worker performs. */
    static Uring ofWorker(Os os) {
        return new Uring(os, IOSQE_ASYNC);
    }

    void connect(long fd, byte[] address) {
        os.withBytes(address, name -> submit(CONNECT, fd, address.length, name.address(), 0, 0));
    }

    void bind(long fd, byte[] address) {
        os.withBytes(address, name -> submit(BIND, fd, address.length, name.address(), 0, 0));
    }

    long socket(int family, int type, int protocol) {
        return os.opened(submit(SOCKET, family, type, 0, protocol, 0));
    }

    void send(long fd, byte[] address) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock header = Messages.header(frame, frame.bytes(address), address.length, new byte[] {42});
            submit(SENDMSG, fd, 0, header.address(), 1, 0);
        }
    }

    long open(String path) {
        try (NativeArena.Frame frame = os.frame()) {
            return os.opened(submit(OPENAT, -100, 0, frame.text(path).address(), 0, 0));
        }
    }

    void read(long fd) {
        try (NativeArena.Frame frame = os.frame()) {
            submit(READ, fd, 0, frame.zeros(64).address(), 64, 0);
        }
    }

    /**
     * Sets an option of a socket: `off` is cmd_op, `addr` level and optname, splice_fd_in optlen,
     * addr3 optval.
     */
    void option(long fd, int level, int name, int value) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock block = frame.zeros(4).putInt(0, value);
            long option = Integer.toUnsignedLong(level) | (long) name << 32;
            submit(URING_CMD, fd, SOCKET_URING_OP_SETSOCKOPT, option, 0, 0, 4, block.address());
        }
    }

    /** Reads an option of a socket, with the same fields. */
    void readOption(long fd, int level, int name) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock block = frame.zeros(4);
            long option = Integer.toUnsignedLong(level) | (long) name << 32;
            submit(URING_CMD, fd, SOCKET_URING_OP_GETSOCKOPT, option, 0, 0, 4, block.address());
        }
    }

    /** Sends bytes without copying them. */
    void sendInPlace(long fd, byte[] bytes) {
        os.withBytes(bytes, block -> submit(SEND_ZC, fd, 0, block.address(), bytes.length, 0));
    }

    private long submit(int operation, long fd, long off, long address, int length, int flags) {
        return submit(operation, fd, off, address, length, flags, 0, 0);
    }

    /**
     * Submits an operation and waits for it. `off` is also addr2, and `flags` are the operation's
     * own.
     */
    private long submit(
            int operation, long fd, long off, long address, int length, int flags, int optionLength, long option) {
        try (NativeArena.Frame frame = os.frame()) {
            NativeBlock params = frame.zeros(120);
            int ring = (int) os.call(Call.IO_URING_SETUP, 1, params.address());
            try (Fd held = Fd.of(os.syscalls(), ring);
                    MappedMemory sq = MappedMemory.of(os.syscalls(), held, 0, PAGE, true);
                    MappedMemory cq = MappedMemory.of(os.syscalls(), held, OFF_CQ_RING, PAGE, true);
                    MappedMemory sqes = MappedMemory.of(os.syscalls(), held, OFF_SQES, PAGE, true)) {
                sqes.block()
                        .putByte(0, operation)
                        .putByte(1, how)
                        .putInt(4, (int) fd)
                        .putLong(8, off)
                        .putLong(16, address)
                        .putInt(24, length)
                        .putInt(28, flags)
                        .putInt(44, optionLength)
                        .putLong(48, option);
                sq.block().putInt(params.intAt(64), 0);
                sq.block().storeRelease(params.intAt(44), 1);
                os.call(Call.IO_URING_ENTER, ring, 1, 1, GETEVENTS, 0, 0);
                int result = cq.block().intAt(params.intAt(100) + 8);
                return Os.checked(Call.IO_URING_ENTER, result);
            }
        }
    }
}
