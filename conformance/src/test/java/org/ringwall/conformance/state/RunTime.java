// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.Syscalls;

/** The kernel's statistics of a program: its runs, and their total time while statistics are on. */
record RunTime(long nanoseconds, long runs) {
    private static final int ENABLE_STATS = 32;
    private static final int ATTR_SIZE = 64;

    /**
     * Switches the statistics on until the descriptor is closed: BPF_ENABLE_STATS with
     * BPF_STATS_RUN_TIME (5.8).
     */
    static Fd counting() {
        Syscalls syscalls = Syscalls.ofThisMachine();
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock attr = frame.zeros(ATTR_SIZE);
            long fd = syscalls.require(Call.BPF, ENABLE_STATS, attr.address(), ATTR_SIZE);
            return Fd.of(syscalls, Math.toIntExact(fd));
        }
    }

    /**
     * Reads the statistics from the lines `run_time_ns` and `run_cnt` of the descriptor's fdinfo.
     */
    static RunTime of(Fd program) {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/self/fdinfo/" + program.number()));
            return new RunTime(number(lines, "run_time_ns:"), number(lines, "run_cnt:"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long number(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.substring(name.length()).strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " is not among " + lines));
    }

    /** Returns the mean time of a run since then, in ns. */
    double eachSince(RunTime before) {
        return (double) (nanoseconds - before.nanoseconds) / (runs - before.runs);
    }
}
