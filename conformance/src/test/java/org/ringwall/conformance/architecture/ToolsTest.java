// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ringwall.testkit.GoldenCase;

/**
 * The rule that a test names every independent tool that it starts, itself or by the classes that
 * it uses, in its {@code @ToolTest}: then it is skipped with a line where the tool is missing.
 * Programs are found as whole strings, or as the first word of a string.
 */
final class ToolsTest {
    /** The tools that a machine with a JDK and Maven need not have. */
    private static final Set<String> TOOLS = Set.of(
            "bpftool",
            "busybox",
            "catatonit",
            "clang-19",
            "containerd",
            "cosign",
            "crun",
            "ctr",
            "docker",
            "docker-registry",
            "dockerd",
            "dpkg-deb",
            "flock",
            "git",
            "go",
            "groff",
            "llvm-objcopy-19",
            "llvm-objdump-19",
            "llvm-readelf-19",
            "newuidmap",
            "nft",
            "openssl",
            "pahole",
            "podman",
            "prometheus",
            "promtool",
            "python3",
            "readelf",
            "rootlesskit",
            "runc",
            "strace",
            "systemd-analyze",
            "systemd-nspawn",
            "systemd-run",
            "veristat");

    /** Words of a class that are something else than a program that it starts. */
    private static final Map<String, Set<String>> OTHER_WORDS = Map.ofEntries(
            Map.entry("ClocksTest", Set.of("bpftool")),
            Map.entry("ContainerSamplesKernelTest", Set.of("prometheus")),
            Map.entry("ContainersTest", Set.of("containerd", "docker", "podman", "runc")),
            Map.entry("CredentialsTest", Set.of("docker", "podman")),
            Map.entry("LoginTest", Set.of("docker")),
            Map.entry("TokenTest", Set.of("docker")),
            Map.entry("DeviceFilterTest", Set.of("crun", "runc")),
            Map.entry("DeviceLoadsKernelTest", Set.of("crun", "runc")),
            Map.entry("VerdictBenchmarkTest", Set.of("runc")),
            Map.entry("LauncherTest", Set.of("flock")),
            Map.entry("UnmatchedSockets", Set.of("python3")));

    private static final Pattern STRING = Pattern.compile("\"([^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+)\"");
    private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*(?:\\*|/\\*\\*?|//).*$");
    private static final Pattern CLAIM = Pattern.compile("@ToolTest\\(([^)]*)\\)");
    private static final Pattern WORD = Pattern.compile("\\b[A-Z]\\w+\\b");
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?(org\\.ringwall\\.[\\w.]+);");
    private static final Pattern TEST = Pattern.compile("@(?:Test|ParameterizedTest|TestFactory)\\b");

    /** A class of tests or a class that tests use. */
    private record Source(
            Path file,
            String name,
            Set<String> started,
            Set<String> claimed,
            Set<String> uses,
            boolean tests,
            boolean kernel) {
        static Source of(Path file) {
            String text;
            try {
                text = Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return of(file, text);
        }

        static Source of(Path file, String all) {
            Set<String> claimed = CLAIM.matcher(all)
                    .results()
                    .map(result -> result.group(1)
                            .replace("LocalRegistry.PROGRAM", "\"docker-registry\"")
                            .replace("SystemdMachine.NSPAWN", "\"systemd-nspawn\""))
                    .flatMap(claim -> STRING.matcher(claim).results())
                    .flatMap(result -> Stream.of(result.group(1).split("\\|", -1)))
                    .collect(Collectors.toCollection(TreeSet::new));
            String text = COMMENT.matcher(CLAIM.matcher(all).replaceAll("")).replaceAll("");
            Set<String> started = STRING.matcher(text)
                    .results()
                    .map(result -> result.group(1).split(" ", 2)[0])
                    .filter(TOOLS::contains)
                    .collect(Collectors.toCollection(TreeSet::new));
            return new Source(
                    file,
                    packageOf(all) + "." + String.valueOf(file.getFileName()).replace(".java", ""),
                    started,
                    claimed,
                    uses(all, text),
                    TEST.matcher(text).find() && !all.contains("@VmTest"),
                    all.contains("@KernelTest"));
        }

        /**
         * Returns the qualified names of the classes that a text may use, with some that do not
         * exist.
         */
        private static Set<String> uses(String all, String text) {
            String own = packageOf(all);
            return Stream.concat(
                            IMPORT.matcher(all).results().map(result -> result.group(1)),
                            WORD.matcher(text).results().map(result -> own + "." + result.group()))
                    .collect(Collectors.toSet());
        }

        private static String packageOf(String text) {
            return PACKAGE.matcher(text)
                    .results()
                    .map(result -> result.group(1))
                    .findFirst()
                    .orElse("");
        }

        String simpleName() {
            return String.valueOf(file.getFileName()).replace(".java", "");
        }
    }

    @Test
    void everyTestNamesItsTools() throws IOException {
        Map<String, Source> sources = sources();
        assertThat(sources).hasSizeGreaterThan(500);
        assertThat(sources.values().stream()
                        .filter(Source::tests)
                        .flatMap(source -> missing(source, sources).stream()
                                .map(tool -> GoldenCase.projectRoot().relativize(source.file()) + " does not name `"
                                        + tool + "` in a @ToolTest")))
                .isEmpty();
    }

    @Test
    void findsToolsOfATestAndOfWhatItUses() {
        Source helper = Source.of(Path.of("Helper.java"), "class Helper { void a() { run(\"busybox nc\"); } }");
        Source test = Source.of(
                Path.of("XTest.java"),
                "@ToolTest({\"clang-19|clang\"}) class XTest { @Test void x() { new Helper(); run(\"clang-19\"); "
                        + "run(\"go\", \"run\"); say(\"run podman\"); } }");
        Map<String, Source> all = Map.of(".Helper", helper, ".XTest", test);
        assertThat(missing(test, all)).containsExactly("busybox", "go");
    }

    /** Returns what a test starts, itself or by classes that it uses, and does not claim. */
    private static Set<String> missing(Source test, Map<String, Source> sources) {
        Set<String> missing = new TreeSet<>();
        Set<String> seen = new TreeSet<>(Set.of(test.name()));
        Deque<Source> next = new ArrayDeque<>(List.of(test));
        while (!next.isEmpty()) {
            Source source = next.pop();
            missing.addAll(source.started());
            for (String used : source.uses()) {
                Source other = sources.get(used);
                if (other != null && !other.tests() && seen.add(used)) {
                    next.add(other);
                }
            }
        }
        missing.removeAll(test.claimed());
        missing.removeAll(OTHER_WORDS.getOrDefault(test.simpleName(), Set.of()));
        // The kernel tier needs Python.
        if (test.kernel() || !test.started().contains("python3")) {
            missing.remove("python3");
        }
        return missing;
    }

    private static Map<String, Source> sources() throws IOException {
        Map<String, Source> all = new TreeMap<>();
        List<Path> folders = new ArrayList<>();
        try (Stream<Path> modules = Files.list(GoldenCase.projectRoot())) {
            modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .forEach(folders::add);
        }
        for (String library : List.of("testkit", "conformance")) {
            folders.add(GoldenCase.projectRoot().resolve(library).resolve("src/main/java"));
        }
        for (Path folder : folders) {
            try (Stream<Path> files = Files.walk(folder)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> !file.endsWith("ToolsTest.java"))
                        .map(Source::of)
                        .forEach(source -> all.put(source.name(), source));
            }
        }
        return all;
    }
}
