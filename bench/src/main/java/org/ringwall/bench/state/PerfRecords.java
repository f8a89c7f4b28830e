// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.ringwall.bench.samples.Whole;
import org.ringwall.sys.Fd;

/**
 * Records that C writes as perf events. bpftool reads and prints them, each as a line that begins
 * with `==`.
 */
final class PerfRecords implements Effect {
    private static final int POLL_MS = 10;

    /** The time limit for bpftool. Records that it does not read by then count as lost. */
    private static final int PATIENCE_MS = 5_000;

    private static final String BUFFER = "perf_event";

    private final Process process;
    private final AtomicLong read = new AtomicLong();
    private final LongSupplier lost;
    private final Thread thread;

    private PerfRecords(Process process, LongSupplier lost) {
        this.process = process;
        this.lost = lost;
        this.thread = new Thread(this::read, "reader of bpftool");
        thread.setDaemon(true);
        thread.start();
    }

    /** Observes the records of the map `events`. */
    static Effect of(Whole whole) {
        try (Fd map = whole.map("events")) {
            String id = Integer.toString(whole.bpf().mapInfo(map).id());
            Process process = new ProcessBuilder(List.of("bpftool", "map", "event_pipe", "id", id))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            PerfRecords records = new PerfRecords(process, () -> Records.lost(whole));
            records.await(records::isOpen);
            records.catchUp();
            return records;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
                .lines()
                .filter(line -> line.startsWith("== @"))
                .forEach(line -> read.incrementAndGet());
    }

    private void await(BooleanSupplier condition) {
        try {
            // A record that was just written wakes bpftool up with a delay.
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
            for (int waited = 0;
                    waited < PATIENCE_MS && process.isAlive() && !condition.getAsBoolean();
                    waited += POLL_MS) {
                TimeUnit.MILLISECONDS.sleep(POLL_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private Path proc() {
        return Path.of("/proc", Long.toString(process.pid()));
    }

    /** Returns whether bpftool has opened a buffer. Those of the other CPUs follow immediately. */
    private boolean isOpen() {
        try (Stream<Path> open = Files.list(proc().resolve("fd"))) {
            return open.anyMatch(PerfRecords::isBuffer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isBuffer(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().contains(BUFFER);
        } catch (IOException e) {
            // The descriptor was closed meanwhile.
            return false;
        }
    }

    /**
     * Returns whether bpftool sleeps, which it does when it has read all records (state in
     * proc_pid_stat(5)).
     */
    private boolean waits() {
        try {
            String stat = Files.readString(proc().resolve("stat"));
            return stat.startsWith("S", stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void catchUp() {
        await(this::waits);
    }

    /**
     * Stops bpftool, which prints the last records only when it exits, and returns the number of
     * records.
     */
    @Override
    public long found() {
        catchUp();
        close();
        return read.get() + lost.getAsLong();
    }

    @Override
    public void close() {
        // Process::destroy would close the pipe, which still contains the last records.
        process.toHandle().destroy();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
