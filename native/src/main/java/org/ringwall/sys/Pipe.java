// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

/** A pipe whose ends have numbers from 10 on. Reading and writing never wait. */
public record Pipe(Fd reader, Fd writer) implements AutoCloseable {
    private static final int O_CLOEXEC = 0x80000;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;
    private static final int LEAST = 10;

    /** Creates a pipe. */
    public static Pipe create(Syscalls syscalls) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock ends = frame.zeros(2 * Integer.BYTES);
            syscalls.require(Call.PIPE2, ends.address(), O_CLOEXEC, 0);
            try (Fd reader = Fd.of(syscalls, ends.intAt(0));
                    Fd writer = Fd.of(syscalls, ends.intAt(Integer.BYTES))) {
                return new Pipe(raised(syscalls, reader), raised(syscalls, writer));
            }
        }
    }

    private static Fd raised(Syscalls syscalls, Fd low) {
        long high = syscalls.require(Call.FCNTL, low.number(), F_DUPFD_CLOEXEC, LEAST);
        return Fd.of(syscalls, Math.toIntExact(high));
    }

    /** Lets calls at this end fail with EAGAIN instead of waiting. */
    public static void neverWait(Syscalls syscalls, Fd end) {
        syscalls.require(Call.FCNTL, end.number(), F_SETFL, O_NONBLOCK);
    }

    @Override
    public void close() {
        reader.close();
        writer.close();
    }
}
