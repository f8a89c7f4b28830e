// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.terminal;

import java.util.Optional;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;
import org.ringwall.sys.Tty;

/**
 * The terminal of the user who calls `run`. While the command uses it, its own processing is off,
 * because the pseudo-terminal of the command processes input and output.
 */
public final class UserTerminal implements AutoCloseable {
    private final Syscalls syscalls;
    private final Fd file;
    private final boolean shared;
    private Optional<byte[]> before = Optional.empty();

    /**
     * Opens it.
     *
     * @param number the descriptor that is a terminal
     * @param shared whether other processes print on it too, so that it must process output
     */
    public UserTerminal(Syscalls syscalls, int number, boolean shared) {
        this.shared = shared;
        this.syscalls = syscalls;
        this.file = Tty.open(syscalls, number);
    }

    public Fd file() {
        return file;
    }

    /** Returns whether it is the controlling terminal of this process. */
    public boolean controls() {
        return Tty.foreground(syscalls, file).isPresent();
    }

    /**
     * Returns whether this process is in the foreground of the terminal, or the terminal controls
     * another session, which then does not stop this process.
     */
    public boolean foreground() {
        long own = syscalls.require(Call.GETPGID, 0, 0, 0);
        return Tty.foreground(syscalls, file).map(group -> group == own).orElse(true);
    }

    /** Returns whether its processing is off. */
    public boolean taken() {
        return before.isPresent();
    }

    /** Switches its processing off, again if another process has switched it on meanwhile. */
    public void take() {
        try {
            byte[] modes = before.orElseGet(() -> Tty.modes(syscalls, file));
            Tty.setModes(syscalls, file, Tty.raw(modes, shared));
            before = Optional.of(modes);
        } catch (SyscallException e) {
            // EIO: it was hung up, which the wait for its input reports.
            return;
        }
    }

    /** Restores the modes from before {@link #take}. */
    public void restore() {
        Optional<byte[]> modes = before;
        before = Optional.empty();
        try {
            modes.ifPresent(saved -> Tty.restoreModes(syscalls, file, saved));
        } catch (SyscallException e) {
            // It was hung up, so that no modes are left.
            return;
        }
    }

    @Override
    public void close() {
        restore();
        file.close();
    }
}
