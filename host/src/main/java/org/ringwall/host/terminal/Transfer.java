// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.terminal;

import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Poll;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;
import org.ringwall.sys.Tty;

/**
 * Copies between the user's terminal and the master of a pseudo-terminal. If the user's terminal is
 * hung up, so is the other.
 */
public final class Transfer implements AutoCloseable {
    /** The size of a buffer in bytes. */
    static final int CHUNK = 1 << 16;

    private final Syscalls syscalls;
    private final UserTerminal terminal;
    private final Fd master;
    private final NativeArena arena;
    private final Buffer out;
    private final Buffer in;

    /** Whether the master is open and its other end too. */
    private boolean alive = true;

    public Transfer(Syscalls syscalls, UserTerminal terminal, Fd master) {
        this.syscalls = syscalls;
        this.terminal = terminal;
        this.master = master;
        this.arena = new NativeArena(syscalls);
        NativeArena.Frame frame = arena.frame();
        this.out = new Buffer(frame.zeros(CHUNK));
        this.in = new Buffer(frame.zeros(CHUNK));
    }

    /** Bytes that were read and are not yet written. */
    private final class Buffer {
        private final NativeBlock block;
        private int from;
        private int to;

        Buffer(NativeBlock block) {
            this.block = block;
        }

        boolean isEmpty() {
            return from == to;
        }

        /** Fills the empty buffer. Returns false if nothing more can be read, ever. */
        boolean read(Fd source) {
            long size = syscalls.call(Call.READ, source.number(), block.address(), CHUNK, 0, 0, 0);
            from = 0;
            to = size > 0 ? Math.toIntExact(size) : 0;
            return size > 0 || size == -Errno.EAGAIN.number();
        }

        /** Writes what there is room for. Returns false if nothing more can be written, ever. */
        boolean write(Fd target) {
            long size = syscalls.call(Call.WRITE, target.number(), block.address() + from, (long) to - from, 0, 0, 0);
            from += size > 0 ? Math.toIntExact(size) : 0;
            return size >= 0 || size == -Errno.EAGAIN.number();
        }

        void drop() {
            from = to;
        }
    }

    /** Waits for what can be copied next. Input is read only while the terminal is taken. */
    public void want(Poll poll, int masterPlace, int terminalPlace) {
        if (!alive) {
            poll.clear(masterPlace);
            poll.clear(terminalPlace);
            return;
        }
        poll.set(masterPlace, master, (out.isEmpty() ? Poll.IN : 0) | (in.isEmpty() ? 0 : Poll.OUT));
        int input = terminal.taken() && in.isEmpty() ? Poll.IN : 0;
        poll.set(terminalPlace, terminal.file(), input | (out.isEmpty() ? 0 : Poll.OUT));
    }

    /**
     * Copies what there is, without waiting.
     *
     * @param readable whether the user's terminal has input; a terminal that could not be opened
     *     anew would wait for it
     * @param gone whether the user's terminal is hung up
     */
    public void move(boolean readable, boolean gone) {
        moveOut();
        if (!alive) {
            return;
        }
        if (gone || readable && in.isEmpty() && !in.read(terminal.file())) {
            hangUp();
        } else if (!in.isEmpty() && !in.write(master)) {
            in.drop();
        }
    }

    /** Copies output once. Returns whether there may be more. */
    public boolean moveOut() {
        if (!alive) {
            return false;
        }
        if (out.isEmpty() && !out.read(master)) {
            // EIO: no process has the other end open.
            alive = false;
            return false;
        }
        if (out.isEmpty()) {
            return false;
        }
        if (!out.write(terminal.file())) {
            hangUp();
        }
        return alive;
    }

    /** Returns whether output waits for the user's terminal. */
    public boolean waits() {
        return !out.isEmpty();
    }

    /** Copies the size of the user's terminal; the kernel then sends WINCH to the command. */
    public void resize() {
        if (alive) {
            try {
                Tty.copySize(syscalls, terminal.file(), master);
            } catch (SyscallException e) {
                hangUp();
            }
        }
    }

    /** Hangs up the pseudo-terminal, as the user's terminal was. */
    public void hangUp() {
        alive = false;
        out.drop();
        in.drop();
        master.close();
    }

    @Override
    public void close() {
        alive = false;
        master.close();
        arena.close();
    }
}
