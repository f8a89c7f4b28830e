// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.events;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.TimedCommand;
import org.ringwall.bench.Usage;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.conformance.kernel.ChildCgroup;

/**
 * A benchmark of `ringwall events --json --follow`, from the denial of a request to a line that
 * another process has read. Needs root, a cgroup2 mount and a bpffs.
 *
 * <p>Denials come in bursts that fit into the ring; the next burst begins when all lines of the one
 * before have arrived. So no record may be lost, which is checked. Times of the reader are CPU time
 * of its process, user and system, which other work on the machine hardly changes.
 */
public final class EventsBenchmark {
    /** The only contestant. */
    public static final String COMMAND = "ringwall, command";

    /** The records of one burst. */
    public static final int BURST = 100_000;

    private static final String RING = "16M";

    /** The room of a record in the ring, with the header of 8 bytes that the kernel adds. */
    private static final int RECORD_BYTES = EventLayout.size(EventKind.SOCKET) + Long.BYTES;

    private static final String POLICY = """
            policy events
            log ring %s

            egress {
              deny if remote.port == %d { log }
              default allow
            }
            """.formatted(RING, Denials.PORT);

    private static final int READ_BYTES = 1 << 16;
    private static final double NS_IN_MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final Duration LIMIT = Duration.ofHours(2);

    private final Checkout checkout;
    private final long records;
    private final String instance = "bench-" + ProcessHandle.current().pid();

    /** Creates a benchmark of 10 million records, or of a million in a short run. */
    public EventsBenchmark(Checkout checkout, Effort effort) {
        this(checkout, effort.rounds() >= Effort.FULL.rounds() ? 10_000_000 : 1_000_000);
    }

    /** Creates a benchmark of this many records. */
    public EventsBenchmark(Checkout checkout, long records) {
        this.checkout = checkout;
        this.records = records;
    }

    /** Measures. Fails if a record was lost, shown twice, or not shown. */
    public List<Figure> run() {
        try (Scratch scratch = new Scratch();
                ChildCgroup cgroup = ChildCgroup.make()) {
            Path text = scratch.folder().resolve("events.wall");
            Path object = scratch.folder().resolve("events.o");
            Files.writeString(text, POLICY);
            TimedCommand.run(List.of(command("ringwallc"), "compile", text.toString(), "-o", object.toString()));
            ringwall(
                    "apply",
                    object.toString(),
                    "--instance",
                    instance,
                    "--cgroup",
                    cgroup.path().toString());
            try (Denials denials = new Denials(cgroup.path())) {
                return measured(denials);
            } finally {
                ringwall("remove", "events@" + instance);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Figure> measured(Denials denials) throws IOException {
        Process reader = new ProcessBuilder(command("ringwall"), "events", "events@" + instance, "--json", "--follow")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            Lines lines = new Lines(reader.getInputStream());
            List<Double> cpu = new ArrayList<>();
            List<Double> wall = new ArrayList<>();
            List<Double> denied = new ArrayList<>();
            for (long made = 0; made < records; made += BURST) {
                double before = Usage.soFar(reader).cpuMs();
                long start = System.nanoTime();
                denied.add((double) denials.make(BURST) / BURST);
                lines.await(made + BURST);
                wall.add((double) (System.nanoTime() - start) / BURST);
                cpu.add((Usage.soFar(reader).cpuMs() - before) * NS_IN_MS / BURST);
            }
            double peak = Usage.soFar(reader).mib();
            // The handle, since Process.destroy closes the stream that is read to its end here.
            reader.toHandle().destroy();
            lines.expect(records);
            return figures(cpu, wall, denied, peak, (double) lines.bytes() / records);
        } finally {
            reader.destroyForcibly();
        }
    }

    private List<Figure> figures(
            List<Double> cpu, List<Double> wall, List<Double> denied, double peak, double bytesOfLine) {
        double mean = cpu.stream().mapToDouble(each -> each).average().orElseThrow();
        System.err.printf(
                Locale.ROOT,
                "events: %d records, none lost; %.0f a second of CPU time%n",
                records,
                TimeUnit.SECONDS.toNanos(1) / mean);
        return List.of(
                figure("events-read", "cpu ns", Summary.of(cpu)),
                figure("events-first", "cpu ns", Summary.same(cpu.get(0), 1)),
                figure("events-whole", "ns", Summary.of(wall)),
                figure("events-deny", "ns", Summary.of(denied)),
                figure("events-record", "bytes", Summary.same(RECORD_BYTES, 1)),
                figure("events-line", "bytes", Summary.same(bytesOfLine, 1)),
                figure("events-memory", "MiB", Summary.same(peak, 1)));
    }

    private Figure figure(String name, String unit, Summary value) {
        return new Figure(name, Math.toIntExact(records), COMMAND, unit, value);
    }

    private void ringwall(String... words) {
        List<String> all = new ArrayList<>(List.of(command("ringwall")));
        all.addAll(List.of(words));
        TimedCommand.run(all);
    }

    private String command(String name) {
        return checkout.file("bin/" + name).toString();
    }

    /** A count of the lines of records that arrive in a stream. */
    private static final class Lines {
        private static final byte[] LOST = "\"lost\":".getBytes(StandardCharsets.UTF_8);

        private final CompletableFuture<Void> end;
        private long count;
        private long bytes;
        private boolean lost;

        Lines(InputStream from) {
            this.end = CompletableFuture.runAsync(() -> read(from));
        }

        private void read(InputStream from) {
            byte[] some = new byte[READ_BYTES];
            try (from) {
                for (int length = from.read(some); length > 0; length = from.read(some)) {
                    add(some, length);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private synchronized void add(byte[] some, int length) {
            bytes += length;
            int matched = 0;
            for (int i = 0; i < length; i++) {
                count += some[i] == '\n' ? 1 : 0;
                matched = some[i] == LOST[matched] ? matched + 1 : some[i] == LOST[0] ? 1 : 0;
                if (matched == LOST.length) {
                    lost = true;
                    matched = 0;
                }
            }
            notifyAll();
        }

        synchronized long bytes() {
            return bytes;
        }

        /** Waits until this many lines have arrived. */
        synchronized void await(long wanted) {
            long limit = System.nanoTime() + LIMIT.toNanos();
            try {
                while (count < wanted && !end.isDone() && System.nanoTime() < limit) {
                    wait(TimeUnit.SECONDS.toMillis(1));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            check(wanted);
        }

        /** Waits for the end of the stream, and checks the number of lines. */
        void expect(long wanted) {
            end.orTimeout(1, TimeUnit.MINUTES).join();
            synchronized (this) {
                check(wanted);
            }
        }

        private void check(long wanted) {
            if (count != wanted || lost) {
                throw new IllegalStateException(
                        count + " lines for " + wanted + " records" + (lost ? ", and records were lost" : ""));
            }
        }
    }
}
