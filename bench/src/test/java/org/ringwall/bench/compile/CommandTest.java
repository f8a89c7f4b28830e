package org.ringwall.bench.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.GoldenCase;

/** The command as `mvn package` leaves it, with its archive of classes: faster where that fits, and the same everywhere. */
class CommandTest {
    private static final Path ROOT = GoldenCase.projectRoot();
    private static final Path ARCHIVE = Path.of("compiler/target/ringwallc.jsa");

    @TempDir
    Path folder;

    /** In `mvn test` no module is packaged. */
    @BeforeEach
    void isPackaged() {
        assumeTrue(Files.exists(ROOT.resolve(ARCHIVE)), "mvn package has not left " + ARCHIVE);
    }

    @Test
    void compilesTheSameWithTheArchiveAndWithout() throws Exception {
        Path copy = copy();
        Files.delete(copy.resolve(ARCHIVE));
        Ran with = compile(ROOT, Map.of());
        assertThat(with.output()).startsWith("policy.o: policy `port_allowlist`");
        assertThat(compile(copy, Map.of())).isEqualTo(with);
    }

    @Test
    void saysNothingMoreWhenTheCheckoutWasMoved() throws Exception {
        assertThat(compile(copy(), Map.of())).isEqualTo(compile(ROOT, Map.of()));
    }

    @Test
    void saysNothingMoreWithAnotherJava() throws Exception {
        Optional<Path> other = otherJava();
        assumeTrue(other.isPresent(), "there is no other Java beside " + System.getProperty("java.home"));
        String home = other.orElseThrow().toString();
        assertThat(compile(ROOT, Map.of("JAVA_HOME", home))).as(home).isEqualTo(compile(ROOT, Map.of()));
    }

    /** A Java beside the one that runs this, which is not the same under another name. */
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

    @Test
    void saysNothingMoreWithAFileThatIsNoArchive() throws Exception {
        Path copy = copy();
        Files.delete(copy.resolve(ARCHIVE));
        Files.writeString(copy.resolve(ARCHIVE), "not an archive");
        assertThat(compile(copy, Map.of())).isEqualTo(compile(ROOT, Map.of()));
    }

    /** What the command printed on both streams, and the object that it made. */
    private record Ran(int code, String output, List<Byte> object) {}

    private Ran compile(Path root, Map<String, String> environment) throws IOException, InterruptedException {
        Files.deleteIfExists(folder.resolve("policy.o"));
        Path sample = ROOT.resolve("samples/policies/port-allowlist.wall");
        ProcessBuilder builder = new ProcessBuilder(
                        root.resolve("bin/ringwallc").toString(), "compile", sample.toString(), "-o", "policy.o")
                .directory(folder.toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        List<Byte> object = new java.util.ArrayList<>();
        for (byte b : Files.readAllBytes(folder.resolve("policy.o"))) {
            object.add(b);
        }
        return new Ran(code, output, object);
    }

    /** The files of the command in another place. */
    private Path copy() throws IOException {
        Path copy = folder.resolve("moved");
        for (Path part : List.of(Path.of("bin"), Path.of("compiler/target/lib"))) {
            copyFiles(part, copy);
        }
        copyFiles(Path.of("compiler/target"), copy);
        return copy;
    }

    private static void copyFiles(Path part, Path to) throws IOException {
        Files.createDirectories(to.resolve(part));
        try (Stream<Path> files = Files.list(ROOT.resolve(part))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(part).resolve(file.getFileName().toString());
                Files.copy(file, target, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }
}
