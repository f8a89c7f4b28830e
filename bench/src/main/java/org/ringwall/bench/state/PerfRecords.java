package org.ringwall.bench.state;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.ringwall.bench.samples.Whole;
import org.ringwall.loader.sys.Fd;

/** Records that C writes as perf events: bpftool reads and prints them, a line that begins with `==` for each. */
final class PerfRecords implements Effect {
    /** Nobody says when bpftool has opened its buffers, nor when it has emptied them. */
    private static final int OPEN_MS = 300;

    private static final int CATCH_UP_MS = 20;

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
            sleep(OPEN_MS);
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

    private static void sleep(int milliseconds) {
        try {
            TimeUnit.MILLISECONDS.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void catchUp() {
        sleep(CATCH_UP_MS);
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
