// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.run;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.Syscalls;

/** The lines between `run` and the monitor of its command. Never waits. */
final class MonitorLines implements AutoCloseable {
    /** Enough for every line of a monitor; the command may write others. */
    private static final int LONGEST = 64;

    private final Syscalls syscalls;
    private final Fd reports;
    private final Fd orders;
    private final StringBuilder unread = new StringBuilder();

    /**
     * Creates it.
     *
     * @param reports the end from which the monitor's lines are read
     * @param orders the end to which answers are written
     */
    MonitorLines(Syscalls syscalls, Fd reports, Fd orders) {
        this.syscalls = syscalls;
        this.reports = reports;
        this.orders = orders;
    }

    Fd reports() {
        return reports;
    }

    /** Reads what there is. Returns false at the end. */
    boolean read() {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            var block = frame.zeros(LONGEST);
            long size = syscalls.call(Call.READ, reports.number(), block.address(), LONGEST, 0, 0, 0);
            if (size > 0 && unread.length() < LONGEST) {
                unread.append(new String(block.bytes(0, Math.toIntExact(size)), StandardCharsets.US_ASCII));
            }
            return size != 0;
        }
    }

    /** Returns the next complete line. */
    Optional<String> next() {
        int end = unread.indexOf("\n");
        if (end < 0) {
            return Optional.empty();
        }
        String line = unread.substring(0, end);
        unread.delete(0, end + 1);
        return Optional.of(line);
    }

    /** Answers the monitor, unless it has ended. */
    void answer(String word) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            byte[] line = (word + "\n").getBytes(StandardCharsets.US_ASCII);
            syscalls.call(Call.WRITE, orders.number(), frame.bytes(line).address(), line.length, 0, 0, 0);
        }
    }

    @Override
    public void close() {
        reports.close();
        orders.close();
    }
}
