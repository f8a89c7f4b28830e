// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.run;

import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.ringwall.host.terminal.Job;
import org.ringwall.host.terminal.Terminal;
import org.ringwall.host.terminal.Transfer;
import org.ringwall.host.terminal.UserTerminal;
import org.ringwall.sys.Call;
import org.ringwall.sys.Child;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Pipe;
import org.ringwall.sys.Poll;
import org.ringwall.sys.Signals;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;

/**
 * A command on a pseudo-terminal. This process copies between it and the user's terminal. A monitor
 * in the command's session reports when the command has stopped; then this process stops too, and
 * when it continues, so does the command.
 *
 * <p>While another process may use the user's terminal, such as a pager in the same pipeline, the
 * command begins in the background of its pseudo-terminal. It stops (TTIN, TTOU) when it reads the
 * terminal or sets its modes, and only then gets the user's input.
 */
final class PtyChild implements RunChild {
    private static final int WAKE = 0;
    private static final int END = 1;
    private static final int REPORTS = 2;
    private static final int MASTER = 3;
    private static final int TERMINAL = 4;

    /**
     * Enough for what the kernel keeps for a terminal that nothing reads (TTYB_DEFAULT_MEM_LIMIT is
     * 64 KiB), in portions of one page. More can only come from a process that still writes.
     */
    private static final int MOST_MOVES = 1000;

    private final Syscalls syscalls;
    private final Child monitor;
    private final MonitorLines lines;
    private final UserTerminal terminal;
    private final Transfer transfer;
    private final Pipe wake;
    private final Poll poll;
    private final NativeArena arena;
    private final NativeBlock one;
    private final Queue<Integer> signals = new ConcurrentLinkedQueue<>();
    private Optional<Job> job = Optional.empty();
    private boolean open = true;

    /**
     * Creates it; all but the calls belong to it from now on.
     *
     * @param monitor the process that leads the session
     * @param master the pseudo-terminal
     */
    PtyChild(Syscalls syscalls, Child monitor, MonitorLines lines, Fd master, UserTerminal terminal) {
        this.syscalls = syscalls;
        this.monitor = monitor;
        this.lines = lines;
        this.terminal = terminal;
        this.transfer = new Transfer(syscalls, terminal, master);
        this.wake = Pipe.create(syscalls);
        Pipe.neverWait(syscalls, wake.reader());
        Pipe.neverWait(syscalls, wake.writer());
        this.poll = new Poll(syscalls, TERMINAL + 1);
        this.arena = new NativeArena(syscalls);
        this.one = arena.frame().zeros(64);
        poll.set(WAKE, wake.reader(), Poll.IN);
        poll.set(END, monitor.descriptor(), Poll.IN);
        poll.set(REPORTS, lines.reports(), Poll.IN);
    }

    @Override
    public int await() {
        boolean ended = false;
        while (!ended) {
            transfer.want(poll, MASTER, TERMINAL);
            if (job.isPresent() && !signals.isEmpty()) {
                poll.look();
            } else {
                poll.await();
            }
            ended = poll.has(END, Poll.IN | Poll.ENDED);
            transfer.move(poll.has(TERMINAL, Poll.IN), poll.has(TERMINAL, Poll.ENDED));
            if (poll.has(REPORTS, Poll.IN | Poll.ENDED)) {
                reports();
            }
            clearWake();
            if (job.isPresent()) {
                for (Optional<Integer> next = next(); next.isPresent(); next = next()) {
                    deliver(job.get(), next.get());
                }
            }
        }
        drain();
        return monitor.await();
    }

    private void clearWake() {
        long size = one.size();
        while (size > 0) {
            size = syscalls.call(Call.READ, wake.reader().number(), one.address(), one.size(), 0, 0, 0);
        }
    }

    private Optional<Integer> next() {
        return Optional.ofNullable(signals.poll());
    }

    private void reports() {
        if (!lines.read()) {
            poll.clear(REPORTS);
        }
        for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
            if (job.isEmpty()) {
                job = Job.of(syscalls, line.get(), monitor.pid());
            } else {
                job.get().stopped(line.get()).ifPresent(signal -> stopped(job.get(), signal));
            }
        }
    }

    private void deliver(Job command, int signal) {
        switch (signal) {
            case Signals.WINCH -> transfer.resize();
            case Signals.CONT -> {
                // Another process may have stopped this one, and a shell has set its own modes.
                if (terminal.taken() && terminal.foreground()) {
                    terminal.take();
                    transfer.resize();
                }
            }
            // In the background the terminal has sent it to this process. The monitor reports it.
            case Signals.TSTP -> command.signalGroup(terminal.taken() ? signal : Signals.STOP);
            case Signals.HUP, Signals.INT -> command.signalGroup(signal);
            default -> command.signal(signal);
        }
    }

    /** Decides what happens after the command has stopped by a signal. */
    private void stopped(Job command, int signal) {
        boolean wantsTerminal = signal == Signals.TTIN || signal == Signals.TTOU;
        if (command.ended()) {
            // It has not stopped; its exit code is that of a stop.
            lines.answer("end");
        } else if (wantsTerminal && terminal.foreground()) {
            terminal.take();
            lines.answer("fg");
        } else {
            suspend(wantsTerminal ? signal : Signals.TSTP, wantsTerminal || terminal.taken());
        }
    }

    /**
     * Stops the process group of this process as the terminal does, until it is continued. A group
     * without a parent in its session does not stop.
     *
     * @param takes whether the command uses the terminal when it continues in the foreground
     */
    private void suspend(int signal, boolean takes) {
        drain();
        terminal.restore();
        Signals.withDefaultStop(() -> syscalls.call(Call.KILL, 0, signal, 0, 0, 0, 0));
        transfer.resize();
        if (takes && terminal.foreground()) {
            terminal.take();
            lines.answer("fg");
            return;
        }
        if (signal != Signals.TSTP && Terminal.isOrphaned()) {
            // The kernel fails with EIO where no shell could ever give the terminal.
            transfer.hangUp();
        }
        lines.answer("bg");
    }

    /** Writes what the command has printed, unless this process has received a signal to end. */
    private void drain() {
        try (Poll wait = new Poll(syscalls, TERMINAL + 1)) {
            wait.set(WAKE, wake.reader(), Poll.IN);
            wait.set(TERMINAL, terminal.file(), Poll.OUT);
            for (int moves = 0; moves < MOST_MOVES && transfer.moveOut(); moves++) {
                if (transfer.waits()) {
                    wait.await();
                    clearWake();
                    if (signals.stream().anyMatch(RunChild.ENDING::contains)) {
                        return;
                    }
                }
            }
        }
    }

    @Override
    public synchronized void signal(int signal) {
        if (open) {
            signals.add(signal);
            syscalls.call(Call.WRITE, wake.writer().number(), one.address(), 1, 0, 0, 0);
        }
    }

    @Override
    public void close() {
        try (terminal) {
            drain();
        } catch (SyscallException e) {
            throw new IllegalStateException("the output of the command cannot be copied", e);
        } finally {
            release();
        }
    }

    private synchronized void release() {
        open = false;
        job.ifPresent(Job::close);
        monitor.close();
        lines.close();
        transfer.close();
        wake.close();
        poll.close();
        arena.close();
    }
}
