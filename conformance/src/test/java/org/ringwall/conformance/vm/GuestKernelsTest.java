// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.bypass.BypassPolicies;
import org.ringwall.conformance.differential.PrefixList;
import org.ringwall.conformance.kernel.CompiledPolicies;
import org.ringwall.conformance.kernel.HostCompiler;
import org.ringwall.conformance.vm.GuestResult.Outcome;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.GuestKernel;
import org.ringwall.testkit.VmTest;

/**
 * The kernel tier on other kernels: one boot and one JVM for each, and a node for every test that
 * ran in it.
 */
@VmTest
class GuestKernelsTest {
    /** The time limit for a guest that hangs. */
    private static final Duration LIMIT = Duration.ofMinutes(60);

    /**
     * C1 and the serial collector, because the guest's CPU is emulated and its JVM lives for a
     * minute.
     */
    private static final List<String> JVM =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-Xshare:auto");

    /** The folder below `/out` in which the host compiles policies for guests. */
    private static final String POLICIES_FOLDER = "policies";

    /** The number of generated policies in a guest; the host runs more. */
    private static final String POLICIES = "20";

    /**
     * The step through long lists of cases, such as the moments at which the loader is killed; 1 on
     * the host.
     */
    private static final int STEP = 7;

    /**
     * Calls that two processes make at once and that are recorded ({@link #CALLS}: counted); a
     * million and 50,000 on the host.
     */
    private static final int DENIALS = 20_000;

    private static final int CALLS = 3_000;

    /**
     * How long two processes call while sets are replaced or versions are upgraded; 3 s and 4 s on
     * the host.
     */
    private static final int MILLISECONDS = 1_000;

    /** Changed programs for the verifier, before division by {@link #STEP}; 2,000 on the host. */
    private static final int MUTATIONS = 350;

    /** Policies under which calls are made one by one. */
    private static final int WALKS = 3;

    /** Runs of four senders under a rate. */
    private static final int RUNS = 2;

    /**
     * The number of guests that run at once: one for each CPU, at most four, because a guest's
     * tests use one CPU at a time.
     */
    private static final int AT_ONCE = Math.min(4, Runtime.getRuntime().availableProcessors());

    /** The result of a guest. */
    private record Run(Command command, List<String> lines, List<GuestResult> results) {}

    @TestFactory
    Stream<DynamicNode> theKernelTierPassesOnEveryKernel(@TempDir Path folder) {
        ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
        List<DynamicNode> nodes = new ArrayList<>();
        for (String line : GuestKernel.LINES) {
            GuestKernel kernel = GuestKernel.of(line).orElseThrow();
            List<String> tests = GuestTests.selected(kernel);
            if (tests.isEmpty()) {
                continue;
            }
            compile(tests);
            CompletableFuture<Run> run = CompletableFuture.supplyAsync(() -> run(kernel, tests, folder), pool);
            nodes.add(dynamicContainer(
                    kernel.toString(), Stream.of(run).flatMap(future -> nodes(tests, future.join()))));
        }
        pool.shutdown();
        return nodes.stream();
    }

    /**
     * Runs, in a guest for each, what leaves an old kernel in a state that only another boot ends.
     */
    @TestFactory
    Stream<DynamicNode> whatLastsUntilTheNextBootIsNoticed(@TempDir Path folder) {
        return GuestKernel.LINES.stream()
                .flatMap(line -> GuestTests.alone(line).stream().map(test -> {
                    GuestKernel kernel = GuestKernel.of(line).orElseThrow();
                    Run run = run(kernel, List.of(test), folder);
                    return dynamicContainer(kernel + " alone", nodes(List.of(test), run));
                }));
    }

    /** Compiles what takes these tests long on an emulated CPU. */
    private static void compile(List<String> tests) {
        if (tests.stream().anyMatch(test -> test.contains(".SplitSectionsKernelTest"))) {
            assertThat(PrefixList.elf(PrefixList.ofTables(PrefixList.FEWER))).isNotEmpty();
        }
        if (tests.stream().anyMatch(test -> test.contains(".conformance.bypass."))) {
            BypassPolicies.compileAll();
        }
    }

    private static Run run(GuestKernel kernel, List<String> tests, Path folder) {
        Path out = made(folder.resolve(kernel.line()));
        Thread compiler = HostCompiler.serve(made(out.resolve(POLICIES_FOLDER)));
        long start = System.nanoTime();
        Command command = kernel.run(out, LIMIT, fileSystems(kernel), String.join(" ", java(kernel, tests)));
        compiler.interrupt();
        List<String> lines = lines(out.resolve("results"));
        // The last line is the end mark, or an incomplete result if the guest was cut short.
        List<GuestResult> results = lines.stream()
                .limit(Math.max(0, lines.size() - 1))
                .map(GuestResult::parse)
                .toList();
        report(kernel, results, Duration.ofNanos(System.nanoTime() - start));
        return new Run(command, lines, results);
    }

    private static Stream<DynamicNode> nodes(List<String> tests, Run run) {
        Map<String, List<DynamicNode>> byClass = new LinkedHashMap<>();
        tests.forEach(test -> byClass.put(GuestMain.testClass(test), new ArrayList<>()));
        run.results()
                .forEach(result -> byClass.computeIfAbsent(result.testClass(), name -> new ArrayList<>())
                        .add(node(result)));
        Stream<DynamicNode> whole = Stream.of(dynamicTest("every test ran to its end", () -> {
            String output = run.command().output();
            assertThat(run.lines()).as(output).isNotEmpty().endsWith(GuestMain.END);
            assertThat(run.command().status()).as(output).isZero();
            byClass.forEach((name, nodes) -> assertThat(nodes).as(name).isNotEmpty());
        }));
        return Stream.concat(
                whole,
                byClass.entrySet().stream().map(entry -> dynamicContainer(entry.getKey(), entry.getValue().stream())));
    }

    private static DynamicNode node(GuestResult result) {
        return switch (result.outcome()) {
            case PASSED -> dynamicTest(result.name(), () -> {});
            case NOT_APPLICABLE -> dynamicTest(result.name() + " (not applicable: " + result.message() + ")", () -> {});
            case FAILED -> dynamicTest(result.name(), () -> fail(result.message()));
        };
    }

    /** Prints the counts, and names the features that the kernel lacks. */
    private static void report(GuestKernel kernel, List<GuestResult> results, Duration took) {
        Map<Outcome, Long> counts =
                results.stream().collect(Collectors.groupingBy(GuestResult::outcome, Collectors.counting()));
        String counted = "%s: %d passed, %d failed, %d not applicable in %d s"
                .formatted(
                        kernel,
                        counts.getOrDefault(Outcome.PASSED, 0L),
                        counts.getOrDefault(Outcome.FAILED, 0L),
                        counts.getOrDefault(Outcome.NOT_APPLICABLE, 0L),
                        took.toSeconds());
        Stream<String> lacking = results.stream()
                .filter(result -> result.outcome() == Outcome.NOT_APPLICABLE)
                .map(result -> "  not applicable: " + simple(result) + ": " + result.message());
        System.out.println(Stream.concat(Stream.of(counted), lacking).collect(Collectors.joining("\n")));
    }

    private static String simple(GuestResult result) {
        return result.testClass().substring(result.testClass().lastIndexOf('.') + 1) + ": " + result.name();
    }

    private static List<String> java(GuestKernel kernel, List<String> tests) {
        List<String> words = new ArrayList<>();
        words.add(kernel.java());
        words.addAll(JVM);
        words.add("-Dringwall.root=" + GoldenCase.projectRoot());
        words.add("-Dringwall.require=kernel,tools");
        words.add("-Dringwall.seed=" + Long.getLong("ringwall.seed", 0L));
        words.add("-Dringwall.differential.policies=" + POLICIES);
        words.add("-Dringwall.step=" + STEP);
        words.add("-Dringwall.state.denials=" + DENIALS);
        words.add("-Dringwall.state.calls=" + CALLS);
        words.add("-Dringwall.state.milliseconds=" + MILLISECONDS);
        words.add("-Dringwall.state.walks=" + WALKS);
        words.add("-Dringwall.verifier.mutations=" + MUTATIONS);
        words.add("-Dringwall.state.runs=" + RUNS);
        words.add("-Dringwall.bypasses.once=" + !GuestTests.all());
        words.add("-D" + HostCompiler.PROPERTY + "=/out/" + POLICIES_FOLDER);
        words.add("-D" + CompiledPolicies.PROPERTY + "=" + CompiledPolicies.folder());
        words.add("-cp");
        words.add(classPath());
        words.add(GuestMain.class.getName());
        words.add("/out/results");
        tests.forEach(test -> words.add("'" + test + "'"));
        return words;
    }

    /** Returns this test's class path, with the tests of the loader and of the host. */
    private static String classPath() {
        StringBuilder path = new StringBuilder(System.getProperty("java.class.path"));
        for (String module : List.of("runtime-loader", "host")) {
            Path tests = GoldenCase.projectRoot().resolve(module).resolve("target/test-classes");
            assertThat(tests).as("build the tests of %s too: -am", module).isDirectory();
            path.append(File.pathSeparator).append(tests);
        }
        return path.toString();
    }

    /**
     * Returns the file systems of class path and JDK other than the root, which the guest mounts
     * separately.
     */
    private static List<Path> otherFileSystems() {
        FileStore root = store(Path.of("/"));
        List<Path> needed = new ArrayList<>(Arrays.stream(classPath().split(File.pathSeparator))
                .map(Path::of)
                .filter(Files::exists)
                .toList());
        needed.add(Path.of(System.getProperty("java.home")));
        needed.add(GoldenCase.projectRoot());
        return needed.stream()
                .filter(path -> !store(path).equals(root))
                .map(GuestKernelsTest::mountPoint)
                .distinct()
                .sorted()
                .toList();
    }

    /** Returns the folders of this machine that the guest mounts beside its root. */
    private static List<Path> fileSystems(GuestKernel kernel) {
        return kernel.hasOwnRoot() ? classFolders() : otherFileSystems();
    }

    /** Returns the checkout, and the folders elsewhere that the class path names. */
    private static List<Path> classFolders() {
        Path root = GoldenCase.projectRoot();
        Path repository = Path.of(System.getProperty("user.home"), ".m2");
        Stream<Path> named = Arrays.stream(classPath().split(File.pathSeparator))
                .map(Path::of)
                .filter(Files::exists)
                // The native library is beside the loader's jar or classes.
                .map(path -> path.startsWith(repository)
                        ? repository
                        : path.resolveSibling(".").normalize());
        Stream<Path> elsewhere = Stream.concat(named, Stream.of(CompiledPolicies.folder()))
                .map(Path::toAbsolutePath)
                .filter(path -> !path.startsWith(root))
                .distinct()
                .sorted();
        return Stream.concat(Stream.of(root), elsewhere).toList();
    }

    private static Path mountPoint(Path path) {
        Path at = path.toAbsolutePath().normalize();
        FileStore store = store(at);
        while (at.getParent() != null && store(at.getParent()).equals(store)) {
            at = at.getParent();
        }
        return at;
    }

    private static FileStore store(Path path) {
        try {
            return Files.getFileStore(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path made(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
