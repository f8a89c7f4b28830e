// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.verdict;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.TimedCommand;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.conformance.kernel.ChildCgroup;

/**
 * A benchmark of loading a file of addresses into a live set: `ringwall live replace` beside a C
 * program that fills a map by one call. Whole commands, in milliseconds. Needs root, a cgroup2
 * mount and a bpffs.
 */
public final class LiveLoadBenchmark {
    /** The contestants. */
    public static final String COMMAND = "ringwall live, command";

    public static final String MAP_COMMAND = "hash map, command";

    private static final List<Integer> SIZES = List.of(1_000, 100_000);
    private static final String POLICY = """
            policy loaded

            live set blocked : ip max 100_000

            egress {
              deny if remote.ip in blocked
              default allow
            }
            """;

    private final Checkout checkout;
    private final Effort effort;
    private final Path clang;
    private final String instance = "bench-" + ProcessHandle.current().pid();

    public LiveLoadBenchmark(Checkout checkout, Effort effort, Path clang) {
        this.checkout = checkout;
        this.effort = effort;
        this.clang = clang;
    }

    /** Measures every size, with both contestants in turn. */
    public List<Figure> run() {
        List<Figure> figures = new ArrayList<>();
        try (Scratch scratch = new Scratch();
                ChildCgroup cgroup = ChildCgroup.make()) {
            Path text = scratch.folder().resolve("loaded.wall");
            Path object = scratch.folder().resolve("loaded.o");
            Path loader = scratch.folder().resolve("live_loader");
            Path entries = scratch.folder().resolve("entries");
            Files.writeString(text, POLICY);
            TimedCommand.run(List.of(command("ringwallc"), "compile", text.toString(), "-o", object.toString()));
            String source = checkout.file("bench/src/main/c/live_loader.c").toString();
            TimedCommand.run(List.of(clang.toString(), "-O2", source, "-o", loader.toString()));
            TimedCommand.run(List.of(
                    command("ringwall"),
                    "apply",
                    object.toString(),
                    "--instance",
                    instance,
                    "--cgroup",
                    cgroup.path().toString()));
            try {
                for (int size : SIZES) {
                    if (size <= effort.largest()) {
                        System.err.println("live-load " + size);
                        Files.writeString(entries, addresses(size));
                        figures.addAll(measured(size, loader, entries));
                    }
                }
            } finally {
                TimedCommand.run(List.of(command("ringwall"), "remove", "loaded@" + instance));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return figures;
    }

    private List<Figure> measured(int size, Path loader, Path entries) throws IOException {
        Path pin = Path.of("/sys/fs/bpf/ringwall-" + instance + "-live");
        List<Double> ours = new ArrayList<>();
        List<Double> map = new ArrayList<>();
        for (int round = 0; round < effort.rounds(); round++) {
            ours.add(TimedCommand.run(List.of(
                    command("ringwall"),
                    "live",
                    "replace",
                    "loaded@" + instance + "/blocked",
                    "--file",
                    entries.toString())));
            map.add(TimedCommand.run(List.of(loader.toString(), entries.toString(), pin.toString())));
            Files.delete(pin);
        }
        return List.of(
                new Figure("live-load", size, COMMAND, "ms", Summary.of(ours)),
                new Figure("live-load", size, MAP_COMMAND, "ms", Summary.of(map)));
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

    private String command(String name) {
        return checkout.file("bin/" + name).toString();
    }
}
