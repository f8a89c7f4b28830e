package org.ringwall.bench.state;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.ringwall.bench.samples.Whole;
import org.ringwall.loader.apply.EventStream;
import org.ringwall.loader.bpf.RingMemory;
import org.ringwall.loader.state.RingReader;
import org.ringwall.loader.sys.Fd;

/** Records are taken out by a reader as they come; found are those that were read and those for which there was no room. */
final class Records implements Effect {
    private static final int WAIT_MS = 5;

    /** So long nothing may come until it is believed that nothing will. */
    private static final int QUIET_MS = 100;

    private final AtomicBoolean end = new AtomicBoolean();
    private final AtomicLong read = new AtomicLong();
    private final LongSupplier lost;
    private final Runnable finish;
    private final Runnable stop;
    private final Thread thread;

    /** `finish` makes a reader say all that it has read, `stop` gives back what it read from. */
    private Records(Reading reading, LongSupplier lost, Runnable finish, Runnable stop) {
        this.lost = lost;
        this.finish = finish;
        this.stop = stop;
        this.thread = new Thread(() -> reading.into(read, end), "a reader of records");
        thread.setDaemon(true);
        thread.start();
    }

    private interface Reading {
        void into(AtomicLong read, AtomicBoolean end);
    }

    /** Those of `log`. */
    static Effect ofPolicy(Whole whole) {
        EventStream stream = whole.loader().events(whole.instance());
        AtomicLong lost = new AtomicLong();
        return new Records(
                (read, end) -> {
                    while (!end.get()) {
                        while (stream.next().isPresent()) {
                            read.incrementAndGet();
                        }
                        stream.await(WAIT_MS);
                    }
                },
                () -> lost.addAndGet(stream.newlyLost().longValueExact()),
                () -> {},
                stream::close);
    }

    /** Those of a ring buffer in C; `losses` says how many found no room. */
    private static Effect ofRing(Whole whole, LongSupplier losses) {
        Fd map = whole.map("events");
        RingMemory memory = whole.bpf().mapRing(map, whole.bpf().mapInfo(map).maxEntries());
        RingReader ring = new RingReader(memory);
        return new Records(
                (read, end) -> {
                    while (!end.get()) {
                        while (ring.next().isPresent()) {
                            read.incrementAndGet();
                        }
                        memory.await(WAIT_MS);
                    }
                },
                losses,
                () -> {},
                () -> {
                    memory.close();
                    map.close();
                });
    }

    /** Those of a ring buffer in C that counts what finds no room. */
    static Effect ofRing(Whole whole) {
        return ofRing(whole, () -> lost(whole));
    }

    /** Those of a ring buffer in C that has so few that all find room. */
    static Effect ofRoomyRing(Whole whole) {
        return ofRing(whole, () -> 0);
    }

    /** Those of perf events in C, which bpftool reads and prints, a line that begins with `==` for each. */
    static Effect ofPerf(Whole whole) {
        try (Fd map = whole.map("events")) {
            String id = Integer.toString(whole.bpf().mapInfo(map).id());
            Process process = new ProcessBuilder(List.of("bpftool", "map", "event_pipe", "id", id))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            AtomicLong dropped = new AtomicLong();
            Records records = new Records(
                    (read, end) -> lines.lines().forEach(line -> {
                        if (line.startsWith("== @")) {
                            read.incrementAndGet();
                        } else if (line.startsWith("lost ")) {
                            dropped.addAndGet(Long.parseLong(line.split(" ")[1]));
                        }
                    }),
                    () -> dropped.get() + lost(whole),
                    // Process::destroy would close the pipe, in which the last records still are.
                    () -> process.toHandle().destroy(),
                    process::destroy);
            // It opens its buffers before the first record; nothing says when.
            TimeUnit.MILLISECONDS.sleep(QUIET_MS);
            return records;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static long lost(Whole whole) {
        try (Fd map = Effect.globals(whole)) {
            return Effect.sum(whole.bpf(), map);
        }
    }

    @Override
    public long found() {
        awaitQuiet();
        finish.run();
        awaitQuiet();
        return read.get() + lost.getAsLong();
    }

    private void awaitQuiet() {
        try {
            long before = -1;
            while (before != read.get()) {
                before = read.get();
                TimeUnit.MILLISECONDS.sleep(QUIET_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        end.set(true);
        finish.run();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stop.run();
    }
}
