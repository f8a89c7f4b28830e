// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.TimedCommand;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;

/**
 * A benchmark of compilation from policy text to object, in milliseconds: as whole processes
 * compared with clang, and in one warm process.
 */
public final class CompileBenchmark {
    private static final String SMALL = "port-allowlist";
    private static final String SAMPLE = "samples/policies/port-allowlist.wall";
    private static final String TWIN = "bench/src/main/c/samples/port-allowlist.bpf.c";
    private static final String RINGWALLC = "ringwallc";
    private static final double MILLI = 1e6;
    private static final List<Integer> PREFIXES = List.of(10, 100, 1_000, 10_000, 100_000);

    private final Checkout checkout;
    private final Effort effort;

    public CompileBenchmark(Checkout checkout, Effort effort) {
        this.checkout = checkout;
        this.effort = effort;
    }

    /** A command and its name. */
    private record Variant(
            String workload, int size, String name, List<String> command, Map<String, String> environment) {}

    /**
     * Measures the command from start to exit: compared with clang on the same policy in C, if
     * there is a clang, and on long lists of IPv4 prefixes.
     */
    public List<Figure> processes() {
        try (Scratch scratch = new Scratch()) {
            return processes(variants(Checkout.clang(), scratch.folder()));
        }
    }

    private List<Variant> variants(Optional<Path> clang, Path folder) {
        List<Variant> variants = new ArrayList<>(both("compile-" + SMALL, 0, checkout.file(SAMPLE), folder));
        clang.ifPresent(path -> variants.add(new Variant(
                "compile-" + SMALL,
                0,
                path.getFileName() + " -O2",
                Checkout.clangCommand(path, checkout.file(TWIN), folder.resolve("twin.o")),
                Map.of())));
        for (int size : PREFIXES) {
            Path policy = folder.resolve(size + ".wall");
            write(policy, Workload.PREFIXES4.rules(size).policy());
            variants.addAll(both("compile-prefixes", size, policy, folder));
        }
        return variants;
    }

    private List<Variant> both(String workload, int size, Path policy, Path folder) {
        List<String> command = List.of(
                checkout.file("bin/ringwallc").toString(),
                "compile",
                policy.toString(),
                "-o",
                folder.resolve("policy.o").toString());
        return List.of(
                new Variant(workload, size, RINGWALLC, command, Map.of()),
                new Variant(workload, size, RINGWALLC + ", no archive", command, Map.of("RINGWALL_ARCHIVE", "no")));
    }

    /** Measures the variants in turn, once before the first round without counting. */
    private List<Figure> processes(List<Variant> variants) {
        Map<Variant, List<Double>> times = new LinkedHashMap<>();
        variants.forEach(variant -> {
            times.put(variant, new ArrayList<>());
            time(variant);
        });
        for (int round = 0; round < effort.rounds(); round++) {
            times.forEach((variant, all) -> all.add(time(variant)));
        }
        return times.entrySet().stream()
                .map(entry -> new Figure(
                        entry.getKey().workload(),
                        entry.getKey().size(),
                        entry.getKey().name(),
                        "ms",
                        Summary.of(entry.getValue())))
                .toList();
    }

    /** Runs a command and returns its time in milliseconds. */
    private double time(Variant variant) {
        ProcessBuilder builder =
                new ProcessBuilder(variant.command()).directory(checkout.root().toFile());
        builder.environment().putAll(variant.environment());
        return TimedCommand.run(builder);
    }

    private static void write(Path path, String text) {
        try {
            Files.writeString(path, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Measures the compiler as a call in a warm process: the cost of each policy in a build of
     * many.
     */
    public List<Figure> warm() {
        List<SourceFile> sources =
                checkout.samples().stream().map(CompileBenchmark::source).toList();
        for (int i = 0; i < effort.warm(); i++) {
            sources.forEach(CompileBenchmark::compile);
        }
        Map<SourceFile, List<Double>> times = new LinkedHashMap<>();
        sources.forEach(source -> times.put(source, new ArrayList<>()));
        for (int i = 0; i < effort.warm(); i++) {
            times.forEach((source, all) -> all.add(compile(source)));
        }
        return times.entrySet().stream()
                .map(entry -> new Figure(
                        "compile-warm " + entry.getKey().name(),
                        0,
                        "ringwallc, in process",
                        "ms",
                        Summary.of(entry.getValue())))
                .toList();
    }

    private static double compile(SourceFile source) {
        long start = System.nanoTime();
        CompileResult result = Compiler.compile(source, Settings.DEFAULT);
        result.compilation().ifPresent(Compilation::elf);
        double took = (System.nanoTime() - start) / MILLI;
        if (result.compilation().isEmpty()) {
            throw new IllegalStateException(DiagnosticRenderer.render(result.diagnostics()));
        }
        return took;
    }

    private static SourceFile source(Path path) {
        try {
            return new SourceFile(path.getFileName().toString().replace(".wall", ""), Files.readString(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
