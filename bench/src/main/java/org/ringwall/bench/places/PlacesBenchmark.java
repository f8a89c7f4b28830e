// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.places;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.TimedCommand;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.conformance.kernel.ChildCgroup;

/**
 * A benchmark of `bin/ringwall` from start to exit, with one policy of nine hooks on 10, 100 and
 * 1,000 cgroups. Needs root, a cgroup2 mount and a bpffs.
 */
public final class PlacesBenchmark {
    /** The only contestant. */
    public static final String COMMAND = "ringwall, command";

    /** The commands that are measured, in this order. */
    public static final List<String> COMMANDS = List.of("start", "apply", "upgrade", "status", "remove");

    private static final List<Integer> SIZES = List.of(10, 100, 1_000);
    private static final String POLICY = """
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

    private final Checkout checkout;
    private final Effort effort;
    private final String instance = "bench-" + ProcessHandle.current().pid();

    public PlacesBenchmark(Checkout checkout, Effort effort) {
        this.checkout = checkout;
        this.effort = effort;
    }

    /**
     * Measures each command in milliseconds, in rounds. `start` is `status` before anything of this
     * benchmark is in force: the part that does not depend on the cgroups.
     */
    public List<Figure> run() {
        List<Figure> figures = new ArrayList<>();
        try (Scratch scratch = new Scratch()) {
            Path text = scratch.folder().resolve("places.wall");
            Path object = scratch.folder().resolve("places.o");
            Files.writeString(text, POLICY);
            TimedCommand.run(List.of(command("ringwallc"), "compile", text.toString(), "-o", object.toString()));
            // The command's first run may create its class data archive.
            TimedCommand.run(List.of(command("ringwall"), "status"));
            for (int size : SIZES) {
                if (size <= effort.largest()) {
                    System.err.println("places " + size);
                    measured(object, size)
                            .forEach((name, ms) ->
                                    figures.add(new Figure("places-" + name, size, COMMAND, "ms", Summary.of(ms))));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return figures;
    }

    private Map<String, List<Double>> measured(Path object, int size) {
        Deque<ChildCgroup> cgroups = new ArrayDeque<>();
        try {
            ChildCgroup top = ChildCgroup.make();
            cgroups.push(top);
            for (int i = 0; i < size; i++) {
                cgroups.push(top.child());
            }
            List<String> places = cgroups.stream()
                    .filter(cgroup -> !cgroup.path().equals(top.path()))
                    .map(cgroup -> cgroup.path().toString())
                    .toList();
            Map<String, List<Double>> all = new LinkedHashMap<>();
            COMMANDS.forEach(name -> all.put(name, new ArrayList<>()));
            for (int round = 0; round < effort.rounds(); round++) {
                all.forEach((name, ms) -> ms.add(TimedCommand.run(words(name, object, places))));
            }
            return all;
        } finally {
            // Children first.
            cgroups.forEach(ChildCgroup::close);
        }
    }

    private List<String> words(String name, Path object, List<String> places) {
        List<String> words = new ArrayList<>(List.of(command("ringwall")));
        switch (name) {
            case "apply" -> {
                words.addAll(List.of("apply", object.toString(), "--instance", instance, "--cgroup"));
                words.addAll(places);
            }
            case "upgrade" -> words.addAll(List.of("apply", object.toString(), "--instance", instance));
            case "remove" -> words.addAll(List.of("remove", "places@" + instance));
            default -> words.add("status");
        }
        return words;
    }

    private String command(String name) {
        return checkout.file("bin/" + name).toString();
    }
}
