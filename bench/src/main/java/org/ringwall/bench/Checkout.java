package org.ringwall.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The repository's files that benchmarks use, and the tools of the machine. */
public record Checkout(Path root) {
    private static final List<String> CLANGS = List.of("clang-19", "clang");

    /** A file by its path in the repository. */
    public Path file(String path) {
        return root.resolve(path);
    }

    /** The policies of the `samples` module, by name. */
    public List<Path> samples() {
        try (Stream<Path> files = Files.list(file("samples/policies"))) {
            return files.filter(path -> path.toString().endsWith(".wall"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The C compiler to compare with, where there is one. */
    public static Optional<Path> clang() {
        return CLANGS.stream().flatMap(name -> onPath(name).stream()).findFirst();
    }

    private static Optional<Path> onPath(String name) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Arrays.stream(path.split(":"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** The command that makes an object of a C file as people make them. */
    public static List<String> clangCommand(Path clang, Path source, Path object) {
        return List.of(
                clang.toString(), "-O2", "-target", "bpf", "-g", "-c", source.toString(), "-o", object.toString());
    }
}
