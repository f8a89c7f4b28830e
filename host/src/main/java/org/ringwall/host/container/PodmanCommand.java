// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Podman as root, queried by its command, since it has no daemon. The containers of other users are
 * not in its list.
 */
final class PodmanCommand implements ContainerRuntime {
    private final Path command;
    private final Duration patience;

    /**
     * Creates a runtime.
     *
     * @param command the program; it runs with a PATH of system directories only
     * @param patience how long it may run
     */
    PodmanCommand(Path command, Duration patience) {
        this.command = command;
        this.patience = patience;
    }

    @Override
    public String name() {
        return "podman";
    }

    @Override
    public boolean present() {
        return Files.isExecutable(command);
    }

    @Override
    public List<Container> containers() throws IOException {
        Path output = Files.createTempFile("ringwall-podman", ".json");
        try {
            ProcessBuilder builder = new ProcessBuilder(
                            command.toString(), "ps", "--all", "--no-trunc", "--format", "json")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .redirectOutput(output.toFile());
            builder.environment().clear();
            builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
            builder.environment().put("HOME", "/root");
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IOException("it has not answered for " + patience.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException("`podman ps` ended with " + process.exitValue());
            }
            return ContainerList.parse(name(), Files.readString(output, StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.delete(output);
        }
    }
}
