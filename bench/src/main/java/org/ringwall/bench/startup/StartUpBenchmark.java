// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.startup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Installation;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.TimedCommand;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.conformance.kernel.ChildCgroup;

/**
 * A benchmark of short commands from start to exit, in milliseconds, beside an empty Java program
 * of the same image and bpftool. The commands are those of the Debian package if the build has left
 * one, and else those of the checkout. Needs root, a cgroup2 mount and a bpffs.
 */
public final class StartUpBenchmark {
    /** The empty Java program. */
    public static final String EMPTY = "empty main";

    /** The commands in the order in which they are measured. */
    public static final List<String> COMMANDS = List.of("ringwall apply", "ringwall status", "ringwall run");

    private static final String BPFTOOL = "bpftool cgroup show";

    /** The options of bin/launch.sh, without its archive. */
    private static final List<String> JAVA_OPTIONS =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xshare:auto");

    private final Checkout checkout;
    private final Effort effort;
    private final String instance = "bench-" + ProcessHandle.current().pid();

    public StartUpBenchmark(Checkout checkout, Effort effort) {
        this.checkout = checkout;
        this.effort = effort;
    }

    /** Measures each command in rounds, in turn, once before the first round without counting. */
    public List<Figure> run() {
        try (Scratch scratch = new Scratch();
                ChildCgroup cgroup = ChildCgroup.make()) {
            Path object = scratch.folder().resolve("first.o");
            TimedCommand.run(List.of(
                    checkout.file("bin/ringwallc").toString(),
                    "compile",
                    checkout.file("samples/policies/first.wall").toString(),
                    "-o",
                    object.toString()));
            Installation installation = Installation.in(checkout, scratch.folder());
            Map<String, List<Double>> all = new LinkedHashMap<>();
            for (int round = 0; round <= effort.rounds(); round++) {
                boolean counted = round > 0;
                round(installation, object, cgroup).forEach((name, ms) -> {
                    List<Double> times = all.computeIfAbsent(name, key -> new ArrayList<>());
                    if (counted) {
                        times.add(ms);
                    }
                });
            }
            List<Figure> figures = new ArrayList<>();
            all.forEach((name, ms) ->
                    figures.add(new Figure("start-up-" + installation.kind(), 0, name, "ms", Summary.of(ms))));
            return figures;
        }
    }

    private Map<String, Double> round(Installation installation, Path object, ChildCgroup cgroup) {
        String ringwall = installation.ringwall().toString();
        String place = cgroup.path().toString();
        Map<String, Double> times = new LinkedHashMap<>();
        times.put(EMPTY, TimedCommand.run(emptyMain(installation.java())));
        times.put(
                COMMANDS.get(0),
                TimedCommand.run(
                        List.of(ringwall, "apply", object.toString(), "--instance", instance, "--cgroup", place)));
        try {
            times.put(COMMANDS.get(1), TimedCommand.run(List.of(ringwall, "status")));
            if (Checkout.onPath("bpftool").isPresent()) {
                times.put(BPFTOOL, TimedCommand.run(List.of("bpftool", "cgroup", "show", place)));
            }
        } finally {
            TimedCommand.run(List.of(ringwall, "remove", "first@" + instance));
        }
        times.put(COMMANDS.get(2), TimedCommand.run(List.of(ringwall, "run", object.toString(), "--", "true")));
        return times;
    }

    private List<String> emptyMain(String java) {
        List<String> words = new ArrayList<>(List.of(java));
        words.addAll(JAVA_OPTIONS);
        // The folder of this class alone: a class path of many jars would take longer.
        words.addAll(List.of("-cp", home(EmptyMain.class), EmptyMain.class.getName()));
        return words;
    }

    private static String home(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .toString();
    }
}
