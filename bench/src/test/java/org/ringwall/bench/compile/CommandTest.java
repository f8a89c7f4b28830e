// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.GoldenCase;

/**
 * A test of the packaged commands with their class archives: they start faster if an archive
 * matches, and give the same results with and without one.
 */
class CommandTest {
    private static final Path ROOT = GoldenCase.projectRoot();
    private static final Path COMPILER = Path.of("compiler/target");
    private static final Path LOADER = Path.of("host/target");
    private static final String SAMPLE = "samples/policies/port-allowlist.wall";
    private static final Map<String, String> WITHOUT = Map.of("RINGWALL_ARCHIVE", "no");
    private static final int NOBODY = 65534;

    @TempDir
    Path folder;

    /** Skips the test under `mvn test`, which packages no module. */
    @BeforeEach
    void isPackaged() {
        assumeTrue(archive(ROOT, COMPILER).isPresent(), "mvn package has not left an archive in " + COMPILER);
    }

    @Test
    void compilesTheSameWithTheArchiveAndWithout() throws Exception {
        Ran with = compile(ROOT, Map.of());
        assertThat(with.output()).startsWith("policy.o: policy `port_allowlist`");
        assertThat(compile(ROOT, WITHOUT)).isEqualTo(with);
    }

    @Test
    void mapsTheArchive() throws Exception {
        assertThat(maps(Map.of()))
                .contains(archive(ROOT, COMPILER).orElseThrow().toString());
        assertThat(maps(WITHOUT)).doesNotContain("ringwallc.");
    }

    /** Returns the memory map of the command's JVM while it waits for a policy on a pipe. */
    private String maps(Map<String, String> environment) throws Exception {
        Path pipe = Files.createTempDirectory(folder, "never").resolve("policy.wall");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        ProcessBuilder builder = new ProcessBuilder(
                        ROOT.resolve("bin/ringwallc").toString(), "compile", pipe.toString(), "-o", "never.o")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try (var writer = Files.newOutputStream(pipe)) {
            // The open returns when the command has opened the pipe to read, so its main class is
            // running.
            writer.write("policy".getBytes(StandardCharsets.UTF_8));
            return Files.readString(Path.of("/proc/" + process.pid() + "/maps"));
        } finally {
            process.waitFor();
        }
    }

    @Test
    void createsAnArchiveInAMovedCheckout() throws Exception {
        Path copy = copy(folder.resolve("moved"));
        assertThat(compile(copy, Map.of())).isEqualTo(compile(ROOT, Map.of()));
        assertThat(archive(copy, COMPILER)).isPresent();
        assertThat(compile(copy, Map.of())).isEqualTo(compile(ROOT, Map.of()));
    }

    @Test
    void createsAnArchiveForEachJava() throws Exception {
        Optional<Path> other = otherJava();
        assumeTrue(other.isPresent(), "there is no other Java beside " + System.getProperty("java.home"));
        Path copy = copy(folder.resolve("moved"));
        Map<String, String> second = Map.of("JAVA_HOME", other.orElseThrow().toString());
        compile(copy, Map.of());
        assertThat(compile(copy, second)).isEqualTo(compile(ROOT, Map.of()));
        assertThat(archives(copy, COMPILER)).hasSize(2);
        assertThat(compile(copy, second)).isEqualTo(compile(ROOT, Map.of()));
    }

    @Test
    void printsNothingMoreWithABrokenArchive() throws Exception {
        Path copy = copy(folder.resolve("moved"));
        compile(copy, Map.of());
        Path archive = archive(copy, COMPILER).orElseThrow();
        byte[] whole = Files.readAllBytes(archive);
        for (byte[] broken : List.of(new byte[0], "not an archive".getBytes(StandardCharsets.UTF_8))) {
            Files.delete(archive);
            Files.write(archive, broken);
            assertThat(compile(copy, Map.of())).isEqualTo(compile(ROOT, Map.of()));
        }
        Files.delete(archive);
        Files.write(archive, java.util.Arrays.copyOf(whole, 100));
        assertThat(compile(copy, Map.of())).isEqualTo(compile(ROOT, Map.of()));
    }

    @Test
    void concurrentFirstRunsCreateOneArchive() throws Exception {
        Path copy = copy(folder.resolve("moved"));
        List<Process> running = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            running.add(
                    start(copy.resolve("bin/ringwallc"), folder, Map.of(), ROOT.resolve(SAMPLE), "first-" + i + ".o"));
        }
        for (Process process : running) {
            process.getInputStream().readAllBytes();
            assertThat(process.waitFor()).isZero();
        }
        assertThat(archives(copy, COMPILER)).hasSize(1);
        assertThat(leftOver(copy)).isEmpty();
        assertThat(compile(copy, Map.of())).isEqualTo(compile(ROOT, Map.of()));
    }

    /** Runs the command as an unprivileged user, because root can write to every folder. */
    @Test
    void worksWithoutAnArchiveInAReadOnlyCheckout() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can run a command as somebody else");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path copy = copy(folder.resolve("moved"));
        Process process = new ProcessBuilder(
                        "setpriv",
                        "--reuid=" + NOBODY,
                        "--regid=" + NOBODY,
                        "--clear-groups",
                        copy.resolve("bin/ringwallc").toString(),
                        "hooks")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).startsWith("hook ");
        assertThat(archive(copy, COMPILER)).isEmpty();
        assertThat(leftOver(copy)).isEmpty();
    }

    @Test
    void worksFromAnyFolderThroughLinksAndWithSpacesInItsPath() throws Exception {
        Path copy = copy(folder.resolve("a folder with spaces"));
        Files.createDirectories(folder.resolve("links"));
        Path link = Files.createSymbolicLink(folder.resolve("links/compile it"), copy.resolve("bin/ringwallc"));
        Path second = Files.createSymbolicLink(folder.resolve("links/again"), Path.of("compile it"));
        for (Path command : List.of(copy.resolve("bin/ringwallc"), link, second)) {
            assertThat(compile(command, folder, Map.of())).as("%s", command).isEqualTo(compile(ROOT, Map.of()));
        }
        Path nested = copy.resolve("compiler/target/lib");
        assertThat(compile(Path.of("../../../bin/ringwallc"), nested, Map.of())).isEqualTo(compile(ROOT, Map.of()));
    }

    @Test
    void writesIntoAPipeWithoutReplacingIt() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Process process = start(ROOT.resolve("bin/ringwallc"), folder, Map.of(), ROOT.resolve(SAMPLE), "pipe");
        byte[] object = Files.readAllBytes(pipe);
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).isZero();
        assertThat(HexFormat.of().formatHex(object))
                .isEqualTo(compile(ROOT, Map.of()).object());
        assertThat(Files.isRegularFile(pipe)).isFalse();
    }

    @Test
    void theUmaskAppliesToTheObject() throws Exception {
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "umask 027 && exec \"$0\" compile \"$1\" -o \"$2\"",
                        ROOT.resolve("bin/ringwallc").toString(),
                        ROOT.resolve(SAMPLE).toString(),
                        folder.resolve("policy.o").toString())
                .redirectErrorStream(true)
                .start();
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("policy.o"))))
                .isEqualTo("rw-r-----");
    }

    @Test
    void ringwallPrintsTheSameWithTheArchiveAndWithout() throws Exception {
        assumeTrue(archive(ROOT, LOADER).isPresent(), "mvn package has not left an archive in " + LOADER);
        for (String[] words : new String[][] {{"--help"}, {"apply", "missing.o"}, {"frobnicate"}}) {
            String with = said("bin/ringwall", Map.of(), words);
            assertThat(with).isNotBlank();
            assertThat(said("bin/ringwall", WITHOUT, words)).isEqualTo(with);
        }
    }

    private String said(String command, Map<String, String> environment, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of(ROOT.resolve(command).toString()));
        all.addAll(List.of(words));
        ProcessBuilder builder =
                new ProcessBuilder(all).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() + "\n" + output;
    }

    private static Optional<Path> archive(Path root, Path module) {
        return archives(root, module).stream().findFirst();
    }

    private static List<Path> archives(Path root, Path module) {
        return files(root.resolve(module), ".jsa");
    }

    private static List<Path> leftOver(Path root) {
        return files(root.resolve(COMPILER), "").stream()
                .filter(file -> file.getFileName().toString().startsWith("archive."))
                .toList();
    }

    private static List<Path> files(Path folder, String ending) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns another JDK than the one that runs this test, not the same under another name. */
    private static Optional<Path> otherJava() throws IOException {
        Path own = Path.of(System.getProperty("java.home")).toRealPath();
        try (Stream<Path> beside = Files.list(own.resolveSibling(""))) {
            return beside.filter(home -> Files.isExecutable(home.resolve("bin/java")))
                    .filter(home -> !isSame(home, own))
                    .sorted()
                    .findFirst();
        }
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The command's output on both streams, and the object that it wrote. */
    private record Ran(int code, String output, String object) {}

    private Ran compile(Path root, Map<String, String> environment) throws IOException, InterruptedException {
        return compile(root.resolve("bin/ringwallc"), folder, environment);
    }

    private Ran compile(Path command, Path where, Map<String, String> environment)
            throws IOException, InterruptedException {
        Files.deleteIfExists(where.resolve("policy.o"));
        Process process = start(command, where, environment, ROOT.resolve(SAMPLE), "policy.o");
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        return new Ran(code, output, HexFormat.of().formatHex(Files.readAllBytes(where.resolve("policy.o"))));
    }

    private static Process start(Path command, Path where, Map<String, String> environment, Path policy, String object)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command.toString(), "compile", policy.toString(), "-o", object)
                .directory(where.toFile())
                .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Copies the files of the compiler's command to another folder, without an archive. */
    private static Path copy(Path copy) throws IOException {
        for (String part : List.of("bin", "compiler/target", "compiler/target/lib", "samples/policies")) {
            copyFiles(Path.of(part), copy);
        }
        for (Path archive : archives(copy, COMPILER)) {
            Files.delete(archive);
        }
        for (Path description : files(copy.resolve(COMPILER), ".classes")) {
            Files.delete(description);
        }
        return copy;
    }

    private static void copyFiles(Path part, Path to) throws IOException {
        Files.createDirectories(to.resolve(part));
        try (Stream<Path> files = Files.list(ROOT.resolve(part))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(part).resolve(file.getFileName().toString());
                Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }
}
