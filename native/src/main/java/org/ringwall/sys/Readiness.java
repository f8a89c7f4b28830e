// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import org.ringwall.bpf.kernel.Errno;

/** A wait until a descriptor has something to read: epoll(7) for one descriptor. */
public final class Readiness implements AutoCloseable {
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLLIN = 1;

    /** The size of `struct epoll_event`: 12 bytes where it is packed (x86), and 16 elsewhere. */
    private static final int EVENT_SIZE = 16;

    private final Syscalls syscalls;
    private final Fd epoll;
    private final NativeArena arena;

    /** Creates a wait for {@code fd}, which the caller keeps and closes. */
    public Readiness(Syscalls syscalls, Fd fd) {
        this.syscalls = syscalls;
        this.arena = new NativeArena(syscalls);
        this.epoll = Fd.of(syscalls, Math.toIntExact(syscalls.require(Call.EPOLL_CREATE1, EPOLL_CLOEXEC, 0, 0)));
        try (NativeArena.Frame frame = arena.frame()) {
            long event = frame.zeros(EVENT_SIZE).putInt(0, EPOLLIN).address();
            syscalls.require(Call.EPOLL_CTL, epoll.number(), EPOLL_CTL_ADD, fd.number(), event, 0, 0);
        } catch (SyscallException e) {
            close();
            throw e;
        }
    }

    /**
     * Waits at most this many ms. Returns whether there is something to read. A signal ends the
     * wait early.
     */
    public boolean await(int milliseconds) {
        try (NativeArena.Frame frame = arena.frame()) {
            long events = frame.zeros(EVENT_SIZE).address();
            long result = syscalls.once(Call.EPOLL_PWAIT, epoll.number(), events, 1, milliseconds, 0, 0);
            if (result == -Errno.EINTR.number()) {
                return false;
            }
            if (result < 0) {
                throw new SyscallException(Call.EPOLL_PWAIT, new ErrorNumber((int) -result));
            }
            return result > 0;
        }
    }

    @Override
    public void close() {
        epoll.close();
        arena.close();
    }
}
