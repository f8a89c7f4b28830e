package org.ringwall.bench.compile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.ringwall.bench.Checkout;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.compiler.driver.Compiler;
import org.ringwall.compiler.driver.Settings;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;

/** Policy text to object: as whole processes beside clang, and inside a process that stays. */
public final class CompileBenchmark {
    private static final String SAMPLE = "samples/policies/port-allowlist.wall";
    private static final String ARCHIVE = "compiler/target/ringwallc.jsa";
    private static final String TWIN = "bench/src/main/c/samples/port-allowlist.bpf.c";
    private static final String RINGWALLC = "ringwallc";
    private static final String NOTHING = "java, nothing";
    private static final double MILLI = 1e6;

    private final Checkout checkout;
    private final Effort effort;

    public CompileBenchmark(Checkout checkout, Effort effort) {
        this.checkout = checkout;
        this.effort = effort;
    }

    /** The command from its start to its end, beside clang on the same policy in C and beside Java that does nothing. */
    public Table processes() {
        Optional<Path> clang = Checkout.clang();
        try {
            Path folder = Files.createTempDirectory("ringwall-bench");
            try {
                return processes(commands(clang, folder), clang);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, List<String>> commands(Optional<Path> clang, Path folder) throws IOException {
        Map<String, List<String>> commands = new LinkedHashMap<>();
        Path object = folder.resolve("policy.o");
        commands.put(RINGWALLC, ringwallc(checkout.root(), object));
        if (Files.exists(checkout.file(ARCHIVE))) {
            commands.put(RINGWALLC + ", no archive", ringwallc(withoutArchive(folder), object));
        }
        clang.ifPresent(path ->
                commands.put(name(path), Checkout.clangCommand(path, checkout.file(TWIN), folder.resolve("twin.o"))));
        commands.put(NOTHING, nothing());
        return commands;
    }

    private static List<String> ringwallc(Path root, Path object) {
        return List.of(root.resolve("bin/ringwallc").toString(), "compile", SAMPLE, "-o", object.toString());
    }

    /** The same command where no archive of classes lies beside its jar. */
    private Path withoutArchive(Path folder) throws IOException {
        Path target = Files.createDirectories(folder.resolve("compiler/target"));
        try (Stream<Path> files = Files.list(checkout.file("compiler/target"))) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.equals("lib") || name.endsWith(".jar")) {
                    Files.createSymbolicLink(target.resolve(name), file);
                }
            }
        }
        Files.createDirectories(folder.resolve("bin"));
        Files.copy(checkout.file("bin/ringwallc"), folder.resolve("bin/ringwallc"), StandardCopyOption.COPY_ATTRIBUTES);
        return folder;
    }

    private static List<String> nothing() {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return List.of(
                java.toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                Nothing.class.getName());
    }

    private Table processes(Map<String, List<String>> commands, Optional<Path> clang) {
        Map<String, List<Double>> times = new LinkedHashMap<>();
        commands.forEach((name, command) -> {
            times.put(name, new ArrayList<>());
            time(command);
        });
        for (int round = 0; round < effort.rounds(); round++) {
            commands.forEach(
                    (name, command) -> times.getOrDefault(name, List.of()).add(time(command)));
        }
        Map<String, Summary> summaries = new LinkedHashMap<>();
        times.forEach((name, values) -> summaries.put(name, Summary.of(values)));
        Optional<Summary> base =
                clang.map(path -> name(path)).flatMap(name -> Optional.ofNullable(summaries.get(name)));
        List<List<String>> rows = new ArrayList<>();
        summaries.forEach((name, summary) -> {
            List<String> row = row("port-allowlist", name, summary);
            row.add(base.map(other -> summary.ratioTo(other, 0)).orElse("–"));
            rows.add(row);
        });
        return new Table(
                "compile",
                "wall time of one process, milliseconds; " + effort.rounds() + " rounds, variants in turn, one before"
                        + " them unmeasured",
                List.of("policy", "variant", "min", "median", "max", "× clang"),
                rows,
                clang.isPresent() ? List.of() : List.of("there is no clang on PATH: nothing to compare with"));
    }

    /** In milliseconds. */
    private double time(List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(checkout.root().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            long start = System.nanoTime();
            int code = builder.start().waitFor();
            double took = (System.nanoTime() - start) / MILLI;
            if (code != 0) {
                throw new IllegalStateException(String.join(" ", command) + " ended with " + code);
            }
            return took;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The compiler as a call, in a process that has compiled before: what a build of many policies pays for each. */
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
        List<List<String>> rows = new ArrayList<>();
        times.forEach((source, all) -> rows.add(row(source.name(), "in process, warm", Summary.of(all))));
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

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
