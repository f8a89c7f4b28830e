// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A Docker engine, queried by its API on a Unix socket. Podman's service has the same API. */
final class DockerSocket implements ContainerRuntime {
    private static final String LIST = "/containers/json?all=true";
    private static final String REQUEST = "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n";
    private static final String ABSENT = "404";
    private static final String END = "\r\n\r\n";
    private static final int BUFFER = 1 << 16;

    private final Path socket;
    private final Duration patience;

    /**
     * Creates a runtime.
     *
     * @param patience how long it waits for the whole answer
     */
    DockerSocket(Path socket, Duration patience) {
        this.socket = socket;
        this.patience = patience;
    }

    @Override
    public String name() {
        return "docker";
    }

    @Override
    public boolean present() {
        // A containerd of the system, or one that docker started.
        return Files.exists(socket)
                || new ContainerdTasks(socket.resolveSibling("containerd")).ofDocker()
                || new ContainerdTasks(socket.resolveSibling("docker/containerd/daemon")).ofDocker();
    }

    @Override
    public List<Container> containers() throws IOException {
        return ContainerList.parse(name(), get(LIST).orElseThrow(() -> new IOException("it answered with status 404")));
    }

    /**
     * Returns the JSON at a path of the API; empty if there is nothing.
     *
     * @throws IOException if it does not answer, or with another status
     */
    Optional<String> get(String path) throws IOException {
        String answer = answer(path);
        int head = answer.indexOf(END);
        // HTTP/1.0: the status is the second word, and the body ends with the connection.
        String[] status = answer.split(" ", 3);
        if (head < 0 || status.length < 2 || !status[0].startsWith("HTTP/")) {
            throw new IOException("its answer is not HTTP");
        }
        if (status[1].equals(ABSENT)) {
            return Optional.empty();
        }
        if (!status[1].equals("200")) {
            throw new IOException("it answered with status " + status[1]);
        }
        return Optional.of(answer.substring(head + END.length()));
    }

    private String answer(String path) throws IOException {
        try (DaemonSocket daemon = new DaemonSocket(socket, patience)) {
            daemon.write(String.format(Locale.ROOT, REQUEST, path).getBytes(StandardCharsets.US_ASCII));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            while (daemon.read(buffer) >= 0) {
                answer.write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
            return answer.toString(StandardCharsets.UTF_8);
        }
    }
}
