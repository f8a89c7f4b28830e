// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.container;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A Docker engine, queried by its API on a Unix socket. Podman's service has the same API. */
final class DockerSocket implements ContainerRuntime {
    private static final String REQUEST = "GET /containers/json?all=true HTTP/1.0\r\nHost: localhost\r\n\r\n";
    private static final String END = "\r\n\r\n";
    private static final int BUFFER = 1 << 16;
    private static final int MAX_ANSWER_BYTES = 64 << 20;

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
        return Files.exists(socket);
    }

    @Override
    public List<Container> containers() throws IOException {
        String answer = answer();
        int head = answer.indexOf(END);
        // HTTP/1.0: the status is the second word, and the body ends with the connection.
        String[] status = answer.split(" ", 3);
        if (head < 0 || status.length < 2 || !status[0].startsWith("HTTP/")) {
            throw new IOException("its answer is not HTTP");
        }
        if (!status[1].equals("200")) {
            throw new IOException("it answered with status " + status[1]);
        }
        return ContainerList.parse(name(), answer.substring(head + END.length()));
    }

    private String answer() throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector readable = Selector.open()) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(REQUEST.getBytes(StandardCharsets.US_ASCII)));
            channel.configureBlocking(false);
            channel.register(readable, SelectionKey.OP_READ);
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            while (true) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0 || readable.select(left) == 0 && System.nanoTime() >= deadline) {
                    throw new IOException("it has not answered for " + patience.toSeconds() + " s");
                }
                readable.selectedKeys().clear();
                int count = channel.read(buffer);
                if (count < 0) {
                    return answer.toString(StandardCharsets.UTF_8);
                }
                answer.write(buffer.array(), 0, buffer.position());
                buffer.clear();
                if (answer.size() > MAX_ANSWER_BYTES) {
                    throw new IOException("its answer is longer than " + (MAX_ANSWER_BYTES >> 20) + " MiB");
                }
            }
        }
    }
}
