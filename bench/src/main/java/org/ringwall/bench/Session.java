// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.ringwall.bench.calibrate.Calibration;
import org.ringwall.bench.compile.CompileBenchmark;
import org.ringwall.bench.compile.CompilerJmh;
import org.ringwall.bench.field.Lineup;
import org.ringwall.bench.field.Ringwall;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.report.Held;
import org.ringwall.bench.report.SamplesReport;
import org.ringwall.bench.report.Standing;
import org.ringwall.bench.report.StateReport;
import org.ringwall.bench.report.TimeGoals;
import org.ringwall.bench.report.TimesPlot;
import org.ringwall.bench.report.VerdictGoals;
import org.ringwall.bench.report.VerdictReport;
import org.ringwall.bench.samples.Outcome;
import org.ringwall.bench.samples.SamplesBenchmark;
import org.ringwall.bench.state.StateBenchmark;
import org.ringwall.bench.state.StateFigure;
import org.ringwall.bench.state.StateWorkload;
import org.ringwall.bench.verdict.Cell;
import org.ringwall.bench.verdict.ReadyBenchmark;
import org.ringwall.bench.verdict.VerdictBenchmark;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.kernel.Hook;

/**
 * One run of the command. Each benchmark's results are printed and written as soon as it is done.
 */
final class Session {
    private static final String NOT_ROOT = "the user is not root: no verdict was measured";

    private final Checkout checkout;
    private final Options options;
    private final PrintStream out;
    private final Effort effort;
    private final Lineup lineup;
    private final Path folder;
    private final List<Table> tables = new ArrayList<>();
    private final List<Map<String, Object>> records = new ArrayList<>();
    private final List<Cell> all = new ArrayList<>();
    private final List<Held> held = new ArrayList<>();

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

    void run() throws IOException {
        out.println(MachineText.lines());
        if (options.others().contains(Options.Other.CALIBRATE)) {
            calibrate();
        }
        if (options.others().contains(Options.Other.COMPILE)) {
            CompileBenchmark compile = new CompileBenchmark(checkout, effort);
            show(compile.processes());
            write("compile.svg", TimesPlot.of("compile", "IPv4 prefixes, a whole process", compile.byPrefixes()));
            show(compile.warm());
            held.addAll(TimeGoals.commands(compile.small(), compile.byPrefixes(), CompileBenchmark.RINGWALLC));
            held.addAll(TimeGoals.warm(compile.bySample(), CompileBenchmark.SMALL));
        }
        if (options.others().contains(Options.Other.JMH)) {
            show(CompilerJmh.table(effort));
        }
        if (options.others().contains(Options.Other.SAMPLES)) {
            samples();
        }
        if (options.others().contains(Options.Other.READY)) {
            ready();
        }
        if (!options.state().isEmpty()) {
            state();
        }
        if (!options.workloads().isEmpty()) {
            verdicts();
        }
        if (!held.isEmpty()) {
            show(Held.table(held));
        }
        out.println("written: " + folder);
    }

    private void calibrate() {
        if (isRoot()) {
            show(new Calibration(effort).table());
        } else {
            out.println("the user is not root: no primitive was measured");
        }
    }

    private void samples() throws IOException {
        Optional<Path> clang = Checkout.clang();
        if (clang.isEmpty() || !isRoot()) {
            out.println(clang.isEmpty() ? "there is no clang on PATH: no sample was measured" : NOT_ROOT);
            return;
        }
        try (Scratch scratch = new Scratch()) {
            SamplesBenchmark benchmark = new SamplesBenchmark(checkout, effort, lineup, clang.get(), scratch.folder());
            List<Outcome> outcomes =
                    benchmark.run(options.samples(), sample -> System.err.println("samples " + sample));
            SamplesReport report = new SamplesReport(outcomes, SamplesBenchmark.rivals(lineup));
            write("samples.svg", report.plot());
            show(report.programs("net of an empty program, medians of " + effort.rounds() + " rounds, each call "
                    + effort.repeats() + " times in a row"));
            show(report.standing());
            held.addAll(report.goals());
        }
    }

    private void state() {
        Optional<Path> clang = Checkout.clang();
        if (clang.isEmpty() || !isRoot()) {
            out.println(clang.isEmpty() ? "there is no clang on PATH: no state was measured" : NOT_ROOT);
            return;
        }
        List<StateFigure> figures = new ArrayList<>();
        try (Scratch scratch = new Scratch()) {
            StateBenchmark benchmark = new StateBenchmark(checkout, effort, lineup, clang.get(), scratch.folder());
            for (StateWorkload workload : options.state()) {
                // A state run takes minutes, so it reports its progress.
                StateReport report = new StateReport(workload, benchmark.run(workload, System.err::println));
                figures.addAll(report.figures());
                records.addAll(report.records());
                write(workload.title() + ".svg", report.plot());
                show(report.table(method()));
            }
        }
        show(StateReport.goals(figures));
    }

    private void ready() {
        Optional<Path> clang = Checkout.clang();
        if (clang.isEmpty() || !isRoot()) {
            out.println(clang.isEmpty() ? "there is no clang on PATH: nothing came into force" : NOT_ROOT);
            return;
        }
        try (ReadyBenchmark benchmark = new ReadyBenchmark(checkout, effort, clang.get())) {
            SortedMap<Integer, Map<String, Summary>> times = benchmark.run();
            write("ready.svg", TimesPlot.of("ready", "IPv4 prefixes, until they are in force", times));
            show(benchmark.table());
            held.addAll(TimeGoals.ready(times, Ringwall.TITLE, ReadyBenchmark.TRIE));
        }
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private void verdicts() {
        if (!isRoot()) {
            out.println(NOT_ROOT);
            return;
        }
        try (VerdictBenchmark benchmark = new VerdictBenchmark(checkout, effort, lineup)) {
            options.workloads().forEach(workload -> verdicts(benchmark, workload));
            Map<Hook, Integer> prologues = new EnumMap<>(Hook.class);
            VerdictGoals.prologues(all).forEach(hook -> prologues.put(hook, benchmark.prologue(hook)));
            held.addAll(VerdictGoals.of(all, prologues));
        }
        show(Standing.table(all));
    }

    private void verdicts(VerdictBenchmark benchmark, Workload workload) {
        List<Cell> cells = new ArrayList<>();
        for (int size : workload.sizes()) {
            if (size <= effort.largest()) {
                // A verdict run takes minutes, so it reports its progress.
                System.err.println(workload.title() + " " + size);
                cells.addAll(benchmark.run(workload, size));
            }
        }
        all.addAll(cells);
        VerdictReport report = new VerdictReport(workload, cells);
        records.addAll(report.records());
        write(workload.title() + ".svg", report.plot());
        show(report.table(method()));
    }

    private String method() {
        return "net of a program that decides nothing, medians of " + effort.rounds() + " rounds of " + effort.calls()
                + " calls";
    }

    private void show(Table table) {
        out.println(table.text());
        tables.add(table);
        StringBuilder csv = new StringBuilder("benchmark,subject,variant,column,value\n");
        tables.forEach(each -> csv.append(each.csv()));
        write("results.csv", csv.toString());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("machine", MachineText.lines().lines().toList());
        json.put("rounds", effort.rounds());
        json.put("calls", effort.calls());
        json.put("cells", records);
        write("results.json", Json.of(json) + "\n");
    }

    private void write(String name, String text) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
