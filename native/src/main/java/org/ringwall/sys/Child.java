// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import org.ringwall.bpf.kernel.Errno;

/** A process that this one has started, which leads a session and a process group of its own. */
public final class Child implements AutoCloseable {
    private static final int P_PIDFD = 3;
    private static final int P_PID = 1;
    private static final int WEXITED = 4;
    private static final int WNOWAIT = 0x01000000;
    private static final int SIGKILL = 9;
    private static final int CLD_EXITED = 1;

    /** The size of `siginfo_t`, and the offsets of si_code and si_status in it. */
    private static final int INFO = 128;

    private static final int CODE = 8;
    private static final int STATUS = 24;

    private final Syscalls syscalls;
    private final long pid;
    private final Fd descriptor;

    /**
     * Whether it takes no more signals. Until then the process id cannot become that of another
     * process.
     */
    private boolean gone;

    private Child(Syscalls syscalls, long pid, Fd descriptor) {
        this.syscalls = syscalls;
        this.pid = pid;
        this.descriptor = descriptor;
    }

    /** Returns the process with this id; ends it if it cannot be opened. */
    static Child of(Syscalls syscalls, long pid) {
        try {
            long opened = syscalls.require(Call.PIDFD_OPEN, pid, 0, 0);
            return new Child(syscalls, pid, Fd.of(syscalls, Math.toIntExact(opened)));
        } catch (SyscallException e) {
            syscalls.call(Call.KILL, pid, SIGKILL, 0, 0, 0, 0);
            syscalls.call(Call.WAITID, P_PID, pid, 0, WEXITED, 0, 0);
            throw e;
        }
    }

    /** Returns its process id. */
    public long pid() {
        return pid;
    }

    /** Returns its descriptor, which becomes readable when the process has ended. */
    public Fd descriptor() {
        return descriptor;
    }

    /**
     * Waits until it has ended. Returns its exit code, or 128 plus the number of the signal that
     * ended it. Can be called once.
     */
    public int await() {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock info = frame.zeros(INFO);
            syscalls.require(Call.WAITID, P_PIDFD, descriptor.number(), info.address(), WEXITED | WNOWAIT, 0, 0);
            reap(info);
            int status = info.intAt(STATUS);
            return info.intAt(CODE) == CLD_EXITED ? status : 128 + (status & 0x7f);
        }
    }

    private synchronized void reap(NativeBlock info) {
        gone = true;
        syscalls.require(Call.WAITID, P_PIDFD, descriptor.number(), info.address(), WEXITED, 0, 0);
    }

    /**
     * Sends it a signal; does nothing if it has ended, has become another user's, or this is
     * closed. The thread that handles signals may call it later than all others.
     */
    public synchronized void signal(int signal) {
        if (!gone) {
            refusable(
                    Call.PIDFD_SEND_SIGNAL,
                    syscalls.call(Call.PIDFD_SEND_SIGNAL, descriptor.number(), signal, 0, 0, 0, 0));
        }
    }

    /** Sends a signal to all processes of its group, as {@link #signal} does. */
    public synchronized void signalGroup(int signal) {
        if (!gone) {
            refusable(Call.KILL, syscalls.call(Call.KILL, -pid, signal, 0, 0, 0, 0));
        }
    }

    private static void refusable(Call call, long result) {
        if (result < 0 && result != -Errno.ESRCH.number() && result != -Errno.EPERM.number()) {
            throw new SyscallException(call, new ErrorNumber((int) -result));
        }
    }

    @Override
    public synchronized void close() {
        gone = true;
        descriptor.close();
    }
}
