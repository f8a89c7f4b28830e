// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

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
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.report.Figure;
import org.ringwall.bench.report.Summary;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;

/** A JMH benchmark of the compiler as a call in a warm process, from policy text to object. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class CompilerJmh {
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
    public Bytes compile() {
        return Compiler.compile(source, Settings.DEFAULT)
                .compilation()
                .orElseThrow()
                .elf();
    }

    /**
     * Runs the benchmark for each policy in its own process, in milliseconds. The size is the
     * number of prefixes.
     */
    public static List<Figure> figures(Effort effort) {
        List<Figure> figures = new ArrayList<>();
        for (RunResult result : run(effort)) {
            int size = Integer.parseInt(result.getParams().getParam("prefixes"));
            var statistics = result.getPrimaryResult().getStatistics();
            figures.add(new Figure(
                    "jmh",
                    size,
                    "ringwallc, in process",
                    "ms",
                    new Summary(
                            statistics.getMin(),
                            statistics.getPercentile(50),
                            statistics.getMax(),
                            statistics.getN())));
        }
        return figures;
    }

    private static Iterable<RunResult> run(Effort effort) {
        OptionsBuilder options = new OptionsBuilder();
        options.include(CompilerJmh.class.getName() + ".compile$")
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
