// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.terminal;

import java.util.Optional;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.Poll;
import org.ringwall.sys.Syscalls;

/** The process group of a command that a monitor has started. */
public final class Job implements AutoCloseable {
    /** PIDFD_SIGNAL_PROCESS_GROUP, from Linux 6.9 on. */
    private static final int PROCESS_GROUP = 4;

    private static final int SIGNALLED = 128;

    private final Syscalls syscalls;
    private final long pid;
    private final Fd leader;

    private Job(Syscalls syscalls, long pid, Fd leader) {
        this.syscalls = syscalls;
        this.pid = pid;
        this.leader = leader;
    }

    /**
     * Returns the process group that a line of the monitor names by its leader; empty if there is
     * no such child of the monitor.
     */
    public static Optional<Job> of(Syscalls syscalls, String line, long monitor) {
        if (!line.matches("[0-9]{1,9}")) {
            return Optional.empty();
        }
        long pid = Long.parseLong(line);
        try (Host host = new Host(syscalls)) {
            Optional<Job> opened = host.openProcess(pid).map(leader -> new Job(syscalls, pid, leader));
            if (opened.isPresent() && Terminal.parent(pid) != monitor) {
                opened.get().close();
                return Optional.empty();
            }
            return opened;
        }
    }

    /** Returns the signal in a report that the command has stopped. */
    public Optional<Integer> stopped(String line) {
        return line.matches("stopped [0-9]{1,3}")
                ? Optional.of(Integer.parseInt(line.substring(line.indexOf(' ') + 1)) - SIGNALLED)
                : Optional.empty();
    }

    /** Returns whether the leader has ended. */
    public boolean ended() {
        try (Poll poll = new Poll(syscalls, 1)) {
            poll.set(0, leader, Poll.IN);
            poll.look();
            return poll.has(0, Poll.IN);
        }
    }

    /** Sends a signal to the leader; does nothing if it has ended, or has become another user's. */
    public void signal(int signal) {
        syscalls.call(Call.PIDFD_SEND_SIGNAL, leader.number(), signal, 0, 0, 0, 0);
    }

    /** Sends a signal to every process of the group. */
    public void signalGroup(int signal) {
        long sent = syscalls.call(Call.PIDFD_SEND_SIGNAL, leader.number(), signal, 0, PROCESS_GROUP, 0, 0);
        if (sent == -Errno.EINVAL.number() && !ended()) {
            syscalls.call(Call.KILL, -pid, signal, 0, 0, 0, 0);
        }
    }

    @Override
    public void close() {
        leader.close();
    }
}
