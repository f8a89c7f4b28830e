// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.MappedMemory;
import org.ringwall.sys.NativeBlock;

/**
 * An io_uring of a process outside with a polling thread, which this process has obtained. Layouts
 * as in {@link Uring}.
 */
final class SharedRing implements AutoCloseable {
    /**
     * Creates the ring, and prints its descriptor, the addresses of a path and a buffer, and
     * offsets in the ring.
     */
    private static final String MAKER = """
        import ctypes, struct, sys
        libc = ctypes.CDLL(None, use_errno=True)
        params = ctypes.create_string_buffer(120)
        struct.pack_into('=II', params, 8, 2, 0)
        struct.pack_into('=I', params, 16, 60000)
        fd = libc.syscall(425, 4, params)
        path, buffer = ctypes.create_string_buffer(b'%s'), ctypes.create_string_buffer(64)
        offsets = [struct.unpack_from('=I', params, at)[0] for at in (44, 64, 80, 100)]
        print(fd if fd >= 0 else -ctypes.get_errno(), ctypes.addressof(path), ctypes.addressof(buffer), *offsets, flush=True)
        sys.stdin.read()
        """;

    private static final int OPENAT = 18;
    private static final int READ = 22;
    private static final int AT_FDCWD = -100;
    private static final int LENGTH = 64;
    private static final int SQE = 64;
    private static final int CQE = 16;
    private static final long OFF_CQ_RING = 0x8000000L;
    private static final long OFF_SQES = 0x10000000L;
    private static final int GETEVENTS_AND_WAKEUP = 3;
    private static final int PAGE = 4096;

    private final Os os;
    private final PythonProcess maker;
    private final long[] numbers;
    private int submitted;

    private SharedRing(Os os, PythonProcess maker) {
        this.os = os;
        this.maker = maker;
        String[] words = maker.ready().split(" ", -1);
        this.numbers = new long[words.length];
        for (int i = 0; i < words.length; i++) {
            numbers[i] = Long.parseLong(words[i]);
        }
    }

    /** Returns a ring to open this path. Its creator is in the cgroup of this process. */
    static SharedRing of(Os os, String path) {
        SharedRing ring = new SharedRing(os, PythonProcess.start(MAKER.formatted(path)));
        if (ring.numbers[0] < 0) {
            ring.close();
            throw new Refused((int) -ring.numbers[0], "io_uring_setup");
        }
        return ring;
    }

    /** Opens the path and reads from it; both happen in the creator's process. */
    void openAndRead() {
        long pid = os.opened(os.call(Call.PIDFD_OPEN, maker.pid(), 0));
        int ring = (int) os.call(Call.PIDFD_GETFD, pid, numbers[0], 0);
        try (Fd held = Fd.of(os.syscalls(), ring);
                MappedMemory sq = MappedMemory.of(os.syscalls(), held, 0, PAGE, true);
                MappedMemory cq = MappedMemory.of(os.syscalls(), held, OFF_CQ_RING, PAGE, true);
                MappedMemory sqes = MappedMemory.of(os.syscalls(), held, OFF_SQES, PAGE, true)) {
            Queues queues = new Queues(ring, sq.block(), cq.block(), sqes.block());
            int fd = submit(queues, OPENAT, AT_FDCWD, numbers[1], 0);
            int length = submit(queues, READ, fd, numbers[2], LENGTH);
            if (length != LENGTH) {
                throw new IllegalStateException("read " + length + " bytes");
            }
        }
    }

    /** The mapped memory of the ring. */
    private record Queues(int ring, NativeBlock sq, NativeBlock cq, NativeBlock sqes) {}

    private int submit(Queues queues, int operation, int fd, long address, int length) {
        int at = submitted;
        queues.sqes()
                .putByte(at * SQE, operation)
                .putInt(at * SQE + 4, fd)
                .putLong(at * SQE + 16, address)
                .putInt(at * SQE + 24, length);
        queues.sq().putInt((int) numbers[4] + 4 * at, at);
        submitted = at + 1;
        queues.sq().storeRelease((int) numbers[3], submitted);
        os.call(Call.IO_URING_ENTER, queues.ring(), 0, 1, GETEVENTS_AND_WAKEUP, 0, 0);
        int result = queues.cq().intAt((int) numbers[6] + CQE * at + 8);
        queues.cq().storeRelease((int) numbers[5], submitted);
        return (int) Os.checked(Call.IO_URING_ENTER, result);
    }

    @Override
    public void close() {
        maker.close();
    }
}
