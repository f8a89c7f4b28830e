package org.ringwall.bpf.object;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs a tool and gives what it printed; errors go into the same text. */
record Command(int status, String output) {
    static Command run(Path directory, String... words) throws IOException, InterruptedException {
        Path output = Files.createTempFile(directory, "command", ".out");
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().merge("PATH", "/usr/sbin", (path, more) -> path + ":" + more);
        int status = builder.start().waitFor();
        return new Command(status, Files.readString(output, StandardCharsets.UTF_8));
    }
}
