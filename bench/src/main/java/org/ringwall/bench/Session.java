// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bench.calibrate.Calibration;
import org.ringwall.bench.compile.CompileBenchmark;
import org.ringwall.bench.compile.CompilerJmh;
import org.ringwall.bench.events.EventsBenchmark;
import org.ringwall.bench.field.Lineup;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.growth.Family;
import org.ringwall.bench.growth.GrowthBenchmark;
import org.ringwall.bench.hook.HookBenchmark;
import org.ringwall.bench.host.HostBenchmark;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Goals;
import org.ringwall.bench.report.Machine;
import org.ringwall.bench.report.Results;
import org.ringwall.bench.report.Table;
import org.ringwall.bench.samples.Outcome;
import org.ringwall.bench.samples.SamplesBenchmark;
import org.ringwall.bench.startup.StartUpBenchmark;
import org.ringwall.bench.state.StateBenchmark;
import org.ringwall.bench.state.StateFigure;
import org.ringwall.bench.state.StateWorkload;
import org.ringwall.bench.verdict.Cell;
import org.ringwall.bench.verdict.LiveLoadBenchmark;
import org.ringwall.bench.verdict.ReadyBenchmark;
import org.ringwall.bench.verdict.VerdictBenchmark;

/**
 * One run of the command. Each benchmark's results are printed and written as soon as it is done. A
 * benchmark that cannot run on this machine, or fails, is reported, and the others still run.
 */
final class Session {
    private static final String[] C = {"clang", "bpftool"};

    private final Checkout checkout;
    private final Options options;
    private final PrintStream out;
    private final Effort effort;
    private final Lineup lineup;
    private final Path folder;
    private final Machine machine = Machine.here();
    private final Results results = new Results();
    private int failures;

    Session(Checkout checkout, Options options, PrintStream out) {
        this.checkout = checkout;
        this.options = options;
        this.out = out;
        this.effort = options.quick() ? Effort.QUICK : Effort.FULL;
        this.lineup = Lineup.of(
                options.beside().stream()
                        .map(folder ->
                                new Checkout(Path.of(folder).toAbsolutePath().normalize()))
                        .toList(),
                options.only());
        this.folder = options.folder().map(Path::of).orElse(checkout.file("bench/target/results"));
    }

    /** Runs the benchmarks. Returns whether none failed and at least one measured something. */
    boolean run() {
        out.println(machine.text());
        String rounds = effort.rounds() + " rounds";
        if (options.others().contains(Options.Other.CALIBRATE) && canAttach("calibrate")) {
            attempt(
                    "calibrate",
                    "ns of one primitive, net of a program without it; " + rounds,
                    () -> new Calibration(effort).figures());
        }
        if (options.others().contains(Options.Other.COMPILE)) {
            CompileBenchmark compile = new CompileBenchmark(checkout, effort);
            attempt("compile", "wall time of one process; " + rounds + ", variants in turn", compile::processes);
            attempt("compile-warm", "one call of the compiler; " + effort.warm() + " rounds", compile::warm);
        }
        if (options.others().contains(Options.Other.GROWTH)) {
            GrowthBenchmark growth = new GrowthBenchmark(effort, options.quick());
            for (Family family : Family.values()) {
                attempt("growth-" + family.title(), family.meaning() + "; one process each", () -> growth.run(family));
            }
        }
        if (options.others().contains(Options.Other.JMH)) {
            attempt("jmh", "one call of the compiler, by JMH; " + rounds, () -> CompilerJmh.figures(effort));
        }
        if (options.others().contains(Options.Other.SAMPLES) && canAttach("samples", C)) {
            attempt("samples", "net of an empty program; " + rounds, this::samples);
        }
        if (options.others().contains(Options.Other.READY) && canAttach("ready", "clang")) {
            attempt("ready", "until a list of IPv4 prefixes is in force; " + rounds + ", in turn", this::ready);
        }
        commands(rounds);
        if (!options.state().isEmpty() && canAttach("state", C)) {
            options.state()
                    .forEach(workload -> attempt(workload.title(), method(workload.meaning()), () -> state(workload)));
        }
        if (!options.workloads().isEmpty() && canAttach("verdict")) {
            verdicts();
        }
        if (results.figures().isEmpty()) {
            out.println("error: nothing was measured");
            return false;
        }
        out.println(new Goals(results, titles()).table().text());
        out.println(
                "written: " + folder + "/results.csv, results.json; `python3 bench/plot.py " + folder + "` draws them");
        return failures == 0;
    }

    /** Runs the benchmarks of `ringwall` as a command. */
    private void commands(String rounds) {
        if (options.others().contains(Options.Other.LIVE_LOAD) && canAttach("live-load", "clang")) {
            attempt(
                    "live-load",
                    "whole commands; " + rounds + ", in turn",
                    () -> new LiveLoadBenchmark(
                                    checkout, effort, Checkout.clang().orElseThrow())
                            .run());
        }
        if (options.others().contains(Options.Other.START_UP) && canAttach("start-up")) {
            attempt(
                    "start-up",
                    "whole commands on the policy of the README; " + rounds + ", in turn",
                    () -> new StartUpBenchmark(checkout, effort).run());
        }
        if (options.others().contains(Options.Other.OCI_HOOK) && canAttach("oci-hook", "podman", "runc", "busybox")) {
            attempt(
                    "oci-hook",
                    "until the first output of a container; " + rounds + ", in turn",
                    () -> new HookBenchmark(checkout, effort).run());
        }
        if (options.others().contains(Options.Other.HOST) && canAttach("host", "python3")) {
            attempt(
                    "host",
                    "CPU time and peak memory of whole commands; " + rounds + ", in turn",
                    () -> new HostBenchmark(checkout, lineup.commands(HostBenchmark.COMMAND), effort).run());
        }
        if (options.others().contains(Options.Other.EVENTS) && canAttach("events")) {
            attempt(
                    "events",
                    "for each record, in bursts of " + EventsBenchmark.BURST + "; CPU time of the reader",
                    () -> new EventsBenchmark(checkout, effort).run());
        }
    }

    private static Set<String> titles() {
        return Arrays.stream(Workload.values()).map(Workload::title).collect(Collectors.toSet());
    }

    private String method(String meaning) {
        return meaning + "; ns net of a program that decides nothing, medians of " + effort.rounds() + " rounds of "
                + effort.calls() + " calls";
    }

    /** A benchmark. */
    private interface Part {
        List<Figure> run() throws IOException;
    }

    private void attempt(String name, String method, Part part) {
        try {
            List<Figure> figures = part.run();
            results.add(figures);
            show(results.table(name, method, figures));
        } catch (IOException | RuntimeException e) {
            failures++;
            out.println("error: " + name + " failed: "
                    + Optional.ofNullable(e.getMessage()).orElse(e.toString()));
            e.printStackTrace(System.err);
        }
    }

    /**
     * Returns whether programs can be attached and tools are there, and reports what is missing.
     */
    private boolean canAttach(String name, String... tools) {
        Optional<String> missing = missing(tools);
        missing.ifPresent(what -> out.println("skipped: " + name + ": " + what));
        return missing.isEmpty();
    }

    private static Optional<String> missing(String... tools) {
        if (!System.getProperty("user.name").equals("root")) {
            return Optional.of("the user is not root");
        }
        for (String tool : tools) {
            boolean found = tool.equals("clang")
                    ? Checkout.clang().isPresent()
                    : Checkout.onPath(tool).isPresent();
            if (!found) {
                return Optional.of("there is no " + tool + " on PATH");
            }
        }
        return Optional.empty();
    }

    private List<Figure> samples() {
        try (Scratch scratch = new Scratch()) {
            SamplesBenchmark benchmark = new SamplesBenchmark(
                    checkout, effort, lineup, Checkout.clang().orElseThrow(), scratch.folder());
            return benchmark.run(options.samples(), sample -> System.err.println("samples " + sample)).stream()
                    .map(Outcome::figures)
                    .flatMap(List::stream)
                    .toList();
        }
    }

    private List<Figure> state(StateWorkload workload) {
        try (Scratch scratch = new Scratch()) {
            // A state run takes minutes, so it reports its progress.
            return new StateBenchmark(checkout, effort, lineup, Checkout.clang().orElseThrow(), scratch.folder())
                    .run(workload, System.err::println).stream()
                            .map(StateFigure::figures)
                            .flatMap(List::stream)
                            .toList();
        }
    }

    private List<Figure> ready() {
        try (ReadyBenchmark benchmark =
                new ReadyBenchmark(checkout, effort, Checkout.clang().orElseThrow())) {
            return benchmark.run();
        }
    }

    private void verdicts() {
        try (VerdictBenchmark benchmark = new VerdictBenchmark(checkout, effort, lineup)) {
            for (Workload workload : options.workloads()) {
                attempt(workload.title(), method(workload.meaning()), () -> verdicts(benchmark, workload));
            }
        }
    }

    private List<Figure> verdicts(VerdictBenchmark benchmark, Workload workload) {
        return workload.sizes().stream()
                .filter(size -> size <= effort.largest())
                .flatMap(size -> {
                    // A verdict run takes minutes, so it reports its progress.
                    System.err.println(workload.title() + " " + size);
                    return benchmark.run(workload, size).stream();
                })
                .map(Cell::figures)
                .flatMap(List::stream)
                .toList();
    }

    private void show(Table table) {
        out.println(table.text());
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("results.csv"), results.csv(machine));
            Files.writeString(folder.resolve("results.json"), results.json(machine));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
