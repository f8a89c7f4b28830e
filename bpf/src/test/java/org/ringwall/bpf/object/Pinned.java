package org.ringwall.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The programs of a file, loaded by bpftool and pinned in a directory of their own until it is closed. */
record Pinned(Path directory, Path pins) implements AutoCloseable {
    static Pinned load(Path directory, String file) throws IOException, InterruptedException {
        Path pins = Path.of(
                "/sys/fs/bpf", "ringwall-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        Command command = Command.run(directory, "bpftool", "prog", "loadall", file, pins.toString());
        Pinned pinned = new Pinned(directory, pins);
        if (command.status() != 0) {
            pinned.close();
        }
        assertThat(command.status()).as(command.output()).isZero();
        return pinned;
    }

    List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(pins)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    String bpftool(String name, String... words) throws IOException, InterruptedException {
        String[] all = Stream.of(
                        Stream.of(
                                "bpftool",
                                "prog",
                                words[0],
                                words[1],
                                "pinned",
                                pins.resolve(name).toString()),
                        Stream.of(words).skip(2))
                .flatMap(part -> part)
                .filter(word -> !word.isEmpty())
                .toArray(String[]::new);
        Command command = Command.run(directory, all);
        assertThat(command.status()).as(command.output()).isZero();
        return command.output();
    }

    @Override
    public void close() throws IOException {
        if (Files.isDirectory(pins)) {
            for (String name : names()) {
                Files.delete(pins.resolve(name));
            }
            Files.delete(pins);
        }
    }
}
