// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Owned;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.Usage;
import org.ringwall.bench.events.EventsBenchmark;
import org.ringwall.bench.report.Figure;
import org.ringwall.conformance.kernel.ChildCgroup;

/**
 * A benchmark of what whole commands use on a host: CPU time and peak memory of `bin/ringwall` by
 * the number of cgroups of a policy, of entries of a live set and of records. Needs root, python3,
 * a cgroup2 mount and a bpffs.
 */
public final class HostBenchmark {
    /** The command of this checkout. */
    public static final String COMMAND = "ringwall, command";

    private static final List<Integer> CGROUPS = List.of(100, 1_000, 3_000, 10_000);
    private static final List<Integer> ENTRIES = List.of(1_000, 100_000, 1_000_000);
    private static final List<Integer> BURSTS = List.of(1, 5);

    /** Entries, and calls, take less than a cgroup does: sizes of this factor take part. */
    private static final int LARGER = 100;

    private static final String PLACES = """
            policy places

            egress {
              deny if remote.port == 25
              default allow
            }

            bind {
              deny if local.port == 25
              default allow
            }

            sockets {
              deny if type == raw
              default allow
            }

            sysctl {
              default allow
            }

            devices {
              default allow
            }
            """;

    private static final String LIVE = """
            policy loaded

            live set blocked : ip max 1_000_000

            egress {
              deny if remote.ip in blocked
              default allow
            }
            """;

    private final Effort effort;
    private final int rounds;
    private final List<Ringwall> contestants = new ArrayList<>();
    private final String instance = "bench-" + ProcessHandle.current().pid();
    private final Recorder used = new Recorder();

    /**
     * Creates a benchmark.
     *
     * @param beside checkouts whose commands take part, by the title of the contestant
     */
    public HostBenchmark(Checkout checkout, Map<String, Checkout> beside, Effort effort) {
        this.effort = effort;
        // CPU time varies less than the wall time of most benchmarks.
        this.rounds = (effort.rounds() + 1) / 2;
        contestants.add(new Ringwall(COMMAND, checkout));
        beside.forEach((title, other) -> contestants.add(new Ringwall(title, other)));
    }

    /** Measures everything, the contestants in turn in each round. */
    public List<Figure> run() {
        try (Scratch scratch = new Scratch()) {
            // The first run of a command may create its class-data archive.
            contestants.forEach(each -> each.run("status"));
            places(scratch.folder());
            live(scratch.folder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Figure> figures = new ArrayList<>(used.figures());
        figures.addAll(events());
        return figures;
    }

    private void places(Path folder) throws IOException {
        Path object = contestants.get(0).compiled(Files.writeString(folder.resolve("places.wall"), PLACES));
        for (int round = 0; round < rounds; round++) {
            contestants.forEach(
                    each -> used.add("run", 0, each.title(), each.run("run", object.toString(), "--", "true")));
        }
        for (int size : CGROUPS) {
            if (size > effort.largest()) {
                continue;
            }
            System.err.println("host: " + size + " cgroups");
            Owned cgroups = new Owned();
            try {
                ChildCgroup top = cgroups.add(ChildCgroup.make());
                ChildCgroup further = cgroups.add(ChildCgroup.make());
                List<String> paths = new ArrayList<>();
                for (int i = 0; i < size; i++) {
                    paths.add(cgroups.add(top.child()).path().toString());
                }
                for (int round = 0; round < rounds; round++) {
                    for (Ringwall each : contestants) {
                        places(each, object, paths, further);
                    }
                }
                for (Ringwall each : contestants) {
                    containers(each, object, paths, further, folder);
                }
            } finally {
                cgroups.close(size + " cgroups");
            }
        }
    }

    /** Runs each command once, from nothing in force to nothing in force. */
    private void places(Ringwall ringwall, Path object, List<String> paths, ChildCgroup further) {
        String policy = "places@" + instance;
        int size = paths.size();
        String title = ringwall.title();
        used.add("start", size, title, ringwall.run("status"));
        used.add("apply", size, title, Usage.of(apply(ringwall, object, paths)));
        used.add("status", size, title, ringwall.run("status"));
        used.add(
                "join",
                size,
                title,
                ringwall.run("join", policy, "--cgroup", further.path().toString()));
        used.add("upgrade", size, title, ringwall.run("apply", object.toString(), "--instance", instance));
        used.add("remove", size, title, ringwall.run("remove", policy));
    }

    private List<String> apply(Ringwall ringwall, Path object, List<String> paths) {
        List<String> words = ringwall.words("apply", object.toString(), "--instance", instance, "--cgroup");
        words.addAll(paths);
        return words;
    }

    private void containers(Ringwall ringwall, Path object, List<String> paths, ChildCgroup parent, Path folder)
            throws IOException {
        String policy = "places@" + instance;
        Usage.of(apply(ringwall, object, paths));
        try (ContainerStarts starts = new ContainerStarts(ringwall, policy, folder)) {
            // The first round also loads classes.
            for (int round = 0; round <= rounds; round++) {
                Usage each = starts.round(parent);
                if (round > 0) {
                    used.add("container", paths.size(), ringwall.title(), each);
                }
            }
        } finally {
            ringwall.run("remove", policy);
        }
    }

    private void live(Path folder) throws IOException {
        Path object = contestants.get(0).compiled(Files.writeString(folder.resolve("loaded.wall"), LIVE));
        String policy = "loaded@" + instance;
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            for (int size : ENTRIES) {
                if (size > (long) LARGER * effort.largest()) {
                    continue;
                }
                System.err.println("host: " + size + " entries");
                Path entries = Files.writeString(folder.resolve("entries"), addresses(size));
                for (int round = 0; round < rounds; round++) {
                    for (Ringwall each : contestants) {
                        each.run(
                                "apply",
                                object.toString(),
                                "--instance",
                                instance,
                                "--cgroup",
                                cgroup.path().toString());
                        try {
                            String set = policy + "/blocked";
                            String file = entries.toString();
                            used.add("live-fill", size, each.title(), each.run("live", "replace", set, "--file", file));
                            used.add(
                                    "live-replace",
                                    size,
                                    each.title(),
                                    each.run("live", "replace", set, "--file", file));
                            Usage upgrade = each.run("apply", object.toString(), "--instance", instance);
                            used.add("live-upgrade", size, each.title(), upgrade);
                        } finally {
                            each.run("remove", policy);
                        }
                    }
                }
            }
        }
    }

    /** Returns distinct addresses in no order, one a line. */
    private static String addresses(int size) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < size; i++) {
            // An odd factor permutes the 24-bit numbers.
            int number = i * 0x9e3779 & 0xff_ffff;
            lines.append("10." + (number >> 16) + "." + (number >> 8 & 0xff) + "." + (number & 0xff) + "\n");
        }
        return lines.toString();
    }

    /** Returns the CPU time of the reader for each record. */
    private List<Figure> events() {
        List<Figure> figures = new ArrayList<>();
        for (int bursts : BURSTS) {
            int records = bursts * EventsBenchmark.BURST;
            if (bursts <= rounds) {
                System.err.println("host: " + records + " records");
                for (Ringwall each : contestants) {
                    new EventsBenchmark(each.checkout(), records)
                            .run().stream()
                                    .filter(figure -> figure.workload().equals("events-read"))
                                    .map(figure -> new Figure(
                                            "host events",
                                            figure.size(),
                                            each.title(),
                                            figure.unit(),
                                            figure.value(),
                                            figure.note()))
                                    .forEach(figures::add);
                }
            }
        }
        return figures;
    }
}
