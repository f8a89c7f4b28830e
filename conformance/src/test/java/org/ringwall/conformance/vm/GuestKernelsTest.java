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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.vm.GuestResult.Outcome;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.GuestKernel;
import org.ringwall.testkit.VmTest;

/** The kernel tier on other kernels: for each, one boot, one JVM, and a node for every test that ran in it. */
@VmTest
class GuestKernelsTest {
    private static final Duration LIMIT = Duration.ofMinutes(10);

    /** C1 and the serial collector: the guest's processor is emulated, and its JVM lives for a minute. */
    private static final List<String> JVM =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-Xshare:auto");

    /** Programs drawn and compared in a guest; the host draws many more. */
    private static final String POLICIES = "20";

    /** The loader is killed at every seventh of its changes; on the host at each. */
    private static final int KILL_STEP = 7;

    @TestFactory
    Stream<DynamicNode> theKernelTierHoldsOnEveryKernel(@TempDir Path folder) {
        return GuestKernel.LINES.stream()
                .map(line -> GuestKernel.of(line).orElseThrow())
                .map(kernel ->
                        dynamicContainer(kernel.toString(), Stream.of(kernel).flatMap(guest -> run(guest, folder))));
    }

    private static Stream<DynamicNode> run(GuestKernel kernel, Path folder) {
        List<String> tests = GuestTests.selected();
        Path out = made(folder.resolve(kernel.line()));
        long start = System.nanoTime();
        Command command = kernel.run(out, LIMIT, otherFileSystems(), String.join(" ", java(tests)));
        List<String> lines = lines(out.resolve("results"));
        List<GuestResult> results = lines.stream()
                .filter(line -> !line.equals(GuestMain.END))
                .map(GuestResult::parse)
                .toList();
        report(kernel, results, Duration.ofNanos(System.nanoTime() - start));
        Map<String, List<DynamicNode>> byClass = new LinkedHashMap<>();
        tests.forEach(test -> byClass.put(GuestMain.testClass(test), new ArrayList<>()));
        results.forEach(result -> byClass.computeIfAbsent(result.testClass(), name -> new ArrayList<>())
                .add(node(result)));
        Stream<DynamicNode> whole = Stream.of(dynamicTest("every test ran to its end", () -> {
            assertThat(lines).as(command.output()).isNotEmpty().endsWith(GuestMain.END);
            assertThat(command.status()).as(command.output()).isZero();
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

    /** What the kernel lacks is named, so that nobody has to trust a number. */
    private static void report(GuestKernel kernel, List<GuestResult> results, Duration took) {
        Map<Outcome, Long> counts =
                results.stream().collect(Collectors.groupingBy(GuestResult::outcome, Collectors.counting()));
        System.out.printf(
                "%s: %d passed, %d failed, %d not applicable in %d s%n",
                kernel,
                counts.getOrDefault(Outcome.PASSED, 0L),
                counts.getOrDefault(Outcome.FAILED, 0L),
                counts.getOrDefault(Outcome.NOT_APPLICABLE, 0L),
                took.toSeconds());
        results.stream()
                .filter(result -> result.outcome() == Outcome.NOT_APPLICABLE)
                .forEach(result -> System.out.println("  not applicable: " + simple(result) + ": " + result.message()));
    }

    private static String simple(GuestResult result) {
        return result.testClass().substring(result.testClass().lastIndexOf('.') + 1) + ": " + result.name();
    }

    private static List<String> java(List<String> tests) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(JVM);
        words.add("-Dringwall.root=" + GoldenCase.projectRoot());
        words.add("-Dringwall.require=kernel,tools");
        words.add("-Dringwall.seed=" + Long.getLong("ringwall.seed", 0L));
        words.add("-Dringwall.differential.policies=" + POLICIES);
        words.add("-Dringwall.kill.step=" + KILL_STEP);
        words.add("-cp");
        words.add(classPath());
        words.add(GuestMain.class.getName());
        words.add("/out/results");
        tests.forEach(test -> words.add("'" + test + "'"));
        return words;
    }

    /** This test's own, and the loader's tests. */
    private static String classPath() {
        Path loaderTests = GoldenCase.projectRoot().resolve("runtime-loader/target/test-classes");
        assertThat(loaderTests).as("build runtime-loader's tests too: -am").isDirectory();
        return System.getProperty("java.class.path") + File.pathSeparator + loaderTests;
    }

    /** Class path and JDK may lie on other file systems than the root, which the guest sees by themselves. */
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
