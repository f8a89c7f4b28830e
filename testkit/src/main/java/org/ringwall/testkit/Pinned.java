// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The programs and maps of an object file, loaded by bpftool and pinned in a new folder of bpffs
 * until it is closed.
 */
public record Pinned(Path directory, Path pins) implements AutoCloseable {
    private static final String PROGRAMS = "programs";
    private static final String MAPS = "maps";

    /** Loads a file of `directory`. */
    public static Pinned load(Path directory, String file) {
        Path pins = Path.of(
                "/sys/fs/bpf", "ringwall-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        Pinned pinned = new Pinned(directory, pins);
        make(pins);
        Command command = Command.run(
                directory,
                "bpftool",
                "prog",
                "loadall",
                file,
                pins.resolve(PROGRAMS).toString(),
                "pinmaps",
                pins.resolve(MAPS).toString());
        if (command.status() != 0) {
            pinned.close();
        }
        assertThat(command.status()).as(command.output()).isZero();
        return pinned;
    }

    /** Returns the names of the programs. */
    public List<String> names() {
        return entries(pins.resolve(PROGRAMS));
    }

    /**
     * Returns the names of the maps. libbpf prefixes the name of a data section with that of the
     * file.
     */
    public List<String> maps() {
        return entries(pins.resolve(MAPS));
    }

    /** Returns the output of `bpftool prog VERB pinned NAME MORE…`. */
    public String program(String name, List<String> verb, String... more) {
        List<String> words = new ArrayList<>(List.of("bpftool", "prog"));
        words.addAll(verb);
        words.addAll(List.of("pinned", pins.resolve(PROGRAMS).resolve(name).toString()));
        words.addAll(List.of(more));
        return Command.run(directory, words).succeeded();
    }

    @Override
    public void close() {
        for (Path folder : List.of(pins.resolve(PROGRAMS), pins.resolve(MAPS))) {
            entries(folder).forEach(name -> delete(folder.resolve(name)));
            delete(folder);
        }
        delete(pins);
    }

    private static List<String> entries(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void make(Path folder) {
        try {
            Files.createDirectory(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
