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
import org.ringwall.loader.sys.Fd;

/** Records that C writes as perf events: bpftool reads and prints them, a line that begins with `==` for each. */
final class PerfRecords implements Effect {
    private static final int POLL_MS = 10;

    /** So long it is waited for bpftool; what it loses then is counted as lost. */
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

    /** Those of the map `events`. */
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
            // A record that was just written wakes it up soon, not at once.
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

    /** Whether it has a buffer; it has those of all CPUs soon after. */
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
            // It was closed meanwhile.
            return false;
        }
    }

    /** Whether it waits: it does not while there are records that it has not read (state in proc_pid_stat(5)). */
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

    /** Ends bpftool, which prints the last of what it read only then. */
    @Override
    public long found() {
        catchUp();
        close();
        return read.get() + lost.getAsLong();
    }

    @Override
    public void close() {
        // Process::destroy would close the pipe, in which the last records still are.
        process.toHandle().destroy();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
