// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import org.ringwall.sys.Call;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** A system-call driver that opens and creates device nodes, and reads and writes sysctls. */
final class FileCalls {
    private static final int AT_FDCWD = -100;
    private static final int NONBLOCK = 0x800;
    private static final int CLOEXEC = 0x80000;
    private static final int NOCTTY = 0x100;

    private final Syscalls syscalls;

    FileCalls(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /** Opens a file; `flags` is 0 for reading, 1 for writing, 2 for both. */
    Answer open(String path, int flags) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long fd = open(frame, path, flags);
            close(fd);
            return answer(fd, "open");
        }
    }

    /** Creates a device node and removes it again. `mode` contains S_IFCHR or S_IFBLK. */
    Answer mknod(String path, int mode, long major, long minor) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long name = frame.text(path).address();
            long result = syscalls.call(Call.MKNODAT, AT_FDCWD, name, mode, encode(major, minor), 0, 0);
            if (result == 0) {
                syscalls.call(Call.UNLINKAT, AT_FDCWD, name, 0, 0, 0, 0);
            }
            return answer(result, "mknod");
        }
    }

    /**
     * Returns a device number as system calls take it: new_encode_dev in include/linux/kdev_t.h.
     */
    static long encode(long major, long minor) {
        return (minor & 0xff) | major << 8 | (minor & ~0xffL) << 12;
    }

    Answer read(String path) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long fd = open(frame, path, 0);
            if (fd < 0) {
                return answer(fd, "open");
            }
            NativeBlock buffer = frame.zeros(4096);
            long result = syscalls.call(Call.READ, fd, buffer.address(), buffer.size(), 0, 0, 0);
            close(fd);
            return answer(result, "read");
        }
    }

    Answer write(String path, byte[] value) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long fd = open(frame, path, 1);
            if (fd < 0) {
                return answer(fd, "open");
            }
            NativeBlock buffer = frame.bytes(value);
            long result = syscalls.call(Call.WRITE, fd, buffer.address(), buffer.size(), 0, 0, 0);
            close(fd);
            return answer(result, "write");
        }
    }

    private long open(NativeArena.Frame frame, String path, int flags) {
        long name = frame.text(path).address();
        return syscalls.call(Call.OPENAT, AT_FDCWD, name, flags | NONBLOCK | CLOEXEC | NOCTTY, 0, 0, 0);
    }

    private void close(long fd) {
        if (fd >= 0) {
            syscalls.call(Call.CLOSE, fd, 0, 0, 0, 0, 0);
        }
    }

    private static Answer answer(long result, String step) {
        return new Answer((int) -Math.min(result, 0), step);
    }
}
