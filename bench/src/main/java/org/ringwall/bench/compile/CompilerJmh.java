// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.field.Workload;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;

/** A JMH benchmark of the compiler as a call in a warm process, from policy text to object. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class CompilerJmh {
    private static final List<Integer> PREFIXES = List.of(0, 1_000, 100_000);

    /** The number of IPv4 prefixes that the policy denies; 0 selects the policy with two ports. */
    @Param({"0", "1000", "100000"})
    public int prefixes = 0;

    private SourceFile source = new SourceFile("policy.wall", "");

    /** Creates the policy text. */
    @Setup
    public void write() {
        source = new SourceFile("policy.wall", policy(prefixes));
    }

    private static String policy(int prefixes) {
        return prefixes == 0
                ? Workload.PORTS.rules(2).policy()
                : Workload.PREFIXES4.rules(prefixes).policy();
    }

    /** Compiles the policy once. */
    @Benchmark
    public CompileResult compile() {
        return Compiler.compile(source, Settings.DEFAULT);
    }

    /** Runs the benchmark for the policies that compile, each in its own process. */
    public static Table table(Effort effort) {
        List<String> notes = new ArrayList<>();
        List<String> sizes = compiling(effort, notes);
        List<List<String>> rows = new ArrayList<>();
        for (RunResult result : run(effort, sizes)) {
            var statistics = result.getPrimaryResult().getStatistics();
            String size = result.getParams().getParam("prefixes");
            rows.add(List.of(
                    size.equals("0") ? "2 ports" : size + " prefixes",
                    "in process, warm",
                    Summary.number(statistics.getMin()),
                    Summary.number(statistics.getMean()),
                    Summary.number(statistics.getMax())));
        }
        return new Table(
                "jmh",
                "one call of the compiler, milliseconds, by JMH",
                List.of("policy", "variant", "min", "mean", "max"),
                rows,
                notes);
    }

    private static List<String> compiling(Effort effort, List<String> notes) {
        List<String> sizes = new ArrayList<>();
        try (CompilerProcess compiler = new CompilerProcess(effort.patience())) {
            Path policy = Files.createTempFile("ringwall-bench", ".wall");
            Path object = Files.createTempFile("ringwall-bench", ".o");
            for (int size : PREFIXES) {
                Files.writeString(policy, policy(size));
                compiler.compile(policy, object)
                        .failure()
                        .ifPresentOrElse(
                                why -> notes.add(size + " prefixes: no compile: " + why),
                                () -> sizes.add(Integer.toString(size)));
            }
            Files.delete(policy);
            Files.delete(object);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sizes;
    }

    private static Iterable<RunResult> run(Effort effort, List<String> sizes) {
        OptionsBuilder options = new OptionsBuilder();
        options.include(CompilerJmh.class.getName() + ".compile$")
                .param("prefixes", sizes.toArray(new String[0]))
                .forks(1)
                .warmupIterations(Math.max(1, effort.rounds() / 2))
                .warmupTime(TimeValue.seconds(2))
                .measurementIterations(effort.rounds())
                .measurementTime(TimeValue.seconds(2))
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
        try {
            return new Runner(options.build()).run();
        } catch (RunnerException e) {
            throw new IllegalStateException(e);
        }
    }
}
