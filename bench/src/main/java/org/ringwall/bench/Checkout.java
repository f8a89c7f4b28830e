// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The files of the repository that benchmarks use, and the tools of the machine. */
public record Checkout(Path root) {
    private static final List<String> CLANGS = List.of("clang-19", "clang");

    /** Returns a file by its path in the repository. */
    public Path file(String path) {
        return root.resolve(path);
    }

    /** Returns the policies of the `samples` module, sorted by name. */
    public List<Path> samples() {
        try (Stream<Path> files = Files.list(file("samples/policies"))) {
            return files.filter(path -> path.toString().endsWith(".wall"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the C compiler to compare with, if it is on the PATH. */
    public static Optional<Path> clang() {
        return CLANGS.stream().flatMap(name -> onPath(name).stream()).findFirst();
    }

    /** Returns the executable file that the shell would run for a command. */
    public static Optional<Path> onPath(String name) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Arrays.stream(path.split(":"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Returns the usual command that compiles a C file to an object. */
    public static List<String> clangCommand(Path clang, Path source, Path object) {
        return List.of(
                clang.toString(), "-O2", "-target", "bpf", "-g", "-c", source.toString(), "-o", object.toString());
    }
}
