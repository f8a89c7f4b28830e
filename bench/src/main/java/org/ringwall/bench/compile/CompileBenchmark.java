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
import java.util.SortedMap;
import java.util.TreeMap;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Scratch;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.field.Workload;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;

/**
 * A benchmark of compilation from policy text to object: as whole processes compared with clang,
 * and in one warm process.
 */
public final class CompileBenchmark {
    private static final String SAMPLE = "samples/policies/port-allowlist.wall";

    /** The name of the small policy. */
    public static final String SMALL = "port-allowlist";

    private static final String TWIN = "bench/src/main/c/samples/port-allowlist.bpf.c";

    /** The name of the command as it is installed. */
    public static final String RINGWALLC = "ringwallc";

    private static final String NOTHING = "java, nothing";
    private static final double MILLI = 1e6;
    private static final List<Integer> PREFIXES = List.of(10, 100, 1_000, 10_000, 100_000);

    private final Checkout checkout;
    private final Effort effort;
    private final Map<Variant, Summary> summaries = new LinkedHashMap<>();
    private final Map<String, Summary> warm = new LinkedHashMap<>();

    public CompileBenchmark(Checkout checkout, Effort effort) {
        this.checkout = checkout;
        this.effort = effort;
    }

    /** A command and its name. */
    private record Variant(String policy, String name, List<String> command, Map<String, String> environment) {}

    /**
     * Measures the command from start to exit, compared with clang on the same policy in C and with
     * a Java program that does nothing, and on long lists of IPv4 prefixes.
     */
    public Table processes() {
        Optional<Path> clang = Checkout.clang();
        try (Scratch scratch = new Scratch()) {
            return processes(variants(clang, scratch.folder()), clang);
        }
    }

    private List<Variant> variants(Optional<Path> clang, Path folder) {
        List<Variant> variants = new ArrayList<>(both(SMALL, checkout.file(SAMPLE), folder));
        clang.ifPresent(path -> variants.add(new Variant(
                SMALL,
                name(path),
                Checkout.clangCommand(path, checkout.file(TWIN), folder.resolve("twin.o")),
                Map.of())));
        variants.add(new Variant(SMALL, NOTHING, nothing(), Map.of()));
        for (int size : PREFIXES) {
            Path policy = folder.resolve(size + ".wall");
            write(policy, Workload.PREFIXES4.rules(size).policy());
            variants.addAll(both(size + " prefixes", policy, folder));
        }
        return variants;
    }

    private List<Variant> both(String title, Path policy, Path folder) {
        List<String> command = List.of(
                checkout.file("bin/ringwallc").toString(),
                "compile",
                policy.toString(),
                "-o",
                folder.resolve("policy.o").toString());
        return List.of(
                new Variant(title, RINGWALLC, command, Map.of()),
                new Variant(title, RINGWALLC + ", no archive", command, Map.of("RINGWALL_ARCHIVE", "no")));
    }

    private static List<String> nothing() {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return List.of(
                java.toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                Nothing.class.getName());
    }

    private Table processes(List<Variant> variants, Optional<Path> clang) {
        Map<Variant, List<Double>> times = new LinkedHashMap<>();
        variants.forEach(variant -> {
            times.put(variant, new ArrayList<>());
            time(variant);
        });
        for (int round = 0; round < effort.rounds(); round++) {
            times.forEach((variant, all) -> all.add(time(variant)));
        }
        times.forEach((variant, all) -> summaries.put(variant, Summary.of(all)));
        Optional<Summary> base = summaries.entrySet().stream()
                .filter(entry -> clang.isPresent() && entry.getKey().name().equals(name(clang.get())))
                .map(Map.Entry::getValue)
                .findFirst();
        List<List<String>> rows = new ArrayList<>();
        summaries.forEach((variant, summary) -> {
            List<String> row = row(variant.policy(), variant.name(), summary);
            row.add(base.map(other -> summary.ratioTo(other, 0)).orElse("–"));
            rows.add(row);
        });
        return new Table(
                "compile",
                "wall time of one process, milliseconds; " + effort.rounds() + " rounds, variants in turn, one before"
                        + " them unmeasured; × clang is to clang on " + SMALL,
                List.of("policy", "variant", "min", "median", "max", "× clang"),
                rows,
                clang.isPresent() ? List.of() : List.of("there is no clang on PATH: nothing to compare with"));
    }

    /**
     * Returns the milliseconds of the command by the number of prefixes, after {@link #processes}
     * has measured them.
     */
    public SortedMap<Integer, Map<String, Summary>> byPrefixes() {
        SortedMap<Integer, Map<String, Summary>> bySize = new TreeMap<>();
        summaries.forEach((variant, summary) -> {
            if (variant.policy().endsWith(" prefixes")) {
                int size = Integer.parseInt(
                        variant.policy().substring(0, variant.policy().indexOf(' ')));
                bySize.computeIfAbsent(size, any -> new LinkedHashMap<>()).put(variant.name(), summary);
            }
        });
        return bySize;
    }

    /**
     * Returns the milliseconds of each variant for the small policy, after {@link #processes} has
     * measured them.
     */
    public Map<String, Summary> small() {
        Map<String, Summary> byName = new LinkedHashMap<>();
        summaries.forEach((variant, summary) -> {
            if (variant.policy().equals(SMALL)) {
                byName.put(variant.name(), summary);
            }
        });
        return byName;
    }

    /**
     * Returns the milliseconds of one call for each sample, after {@link #warm} has measured them.
     */
    public Map<String, Summary> bySample() {
        return Map.copyOf(warm);
    }

    /** Runs a command and returns its time in milliseconds. */
    private double time(Variant variant) {
        try {
            ProcessBuilder builder = new ProcessBuilder(variant.command())
                    .directory(checkout.root().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            builder.environment().putAll(variant.environment());
            long start = System.nanoTime();
            int code = builder.start().waitFor();
            double took = (System.nanoTime() - start) / MILLI;
            if (code != 0) {
                throw new IllegalStateException(String.join(" ", variant.command()) + " ended with " + code);
            }
            return took;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
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
    public Table warm() {
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
        times.forEach((source, all) -> warm.put(source.name(), Summary.of(all)));
        List<List<String>> rows = new ArrayList<>();
        warm.forEach((name, summary) -> rows.add(row(name, "in process, warm", summary)));
        return new Table(
                "compile-warm",
                "one call of the compiler, milliseconds; " + effort.warm() + " rounds over all samples, after as many"
                        + " unmeasured",
                List.of("policy", "variant", "min", "median", "max"),
                rows,
                List.of());
    }

    private static double compile(SourceFile source) {
        long start = System.nanoTime();
        var result = Compiler.compile(source, Settings.DEFAULT);
        double took = (System.nanoTime() - start) / MILLI;
        if (result.compilation().isEmpty()) {
            throw new IllegalStateException(DiagnosticRenderer.render(result.diagnostics()));
        }
        return took;
    }

    private static List<String> row(String policy, String variant, Summary summary) {
        return new ArrayList<>(List.of(
                policy,
                variant,
                Summary.number(summary.min()),
                Summary.number(summary.median()),
                Summary.number(summary.max())));
    }

    private static SourceFile source(Path path) {
        try {
            return new SourceFile(path.getFileName().toString().replace(".wall", ""), Files.readString(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Path clang) {
        return clang.getFileName() + " -O2";
    }
}
