// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.testkit.HangGuard;

/** A test that clients which do not follow the protocol neither stop an agent nor let it grow. */
final class AgentServerTest {
    private static final Request STATUS = new Request(List.of("status"), "");

    @TempDir
    private Path dir = Path.of("");

    private Path path = Path.of("");
    private final AtomicInteger runs = new AtomicInteger();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(4);
    private AgentServer server;

    @BeforeEach
    void start() throws IOException {
        path = dir.resolve("run/agent.sock");
        server = AgentServer.listen(path, this::handle);
        new Thread(server::run).start();
    }

    @AfterEach
    void stop() throws IOException {
        goOn.countDown();
        server.close();
    }

    private Reply handle(Request request) throws ProtocolException {
        runs.incrementAndGet();
        switch (request.words().get(0)) {
            case "wait" -> {
                begun.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            case "overflow" -> handle(request);
            case "memory" -> throw new OutOfMemoryError("none is left");
            case "fail" -> throw new IllegalStateException("a bug");
            case "refuse" -> throw new ProtocolException("not for the agent");
            default -> {}
        }
        return new Reply(0, String.join(" ", request.words()), request.input());
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Returns all that the server sends until it closes the connection. */
    private static String answer(SocketChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
        while (channel.read(bytes) >= 0) {
            assertThat(bytes.hasRemaining()).isTrue();
        }
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    private void stillServes() throws IOException {
        assertThat(AgentClient.call(path, STATUS, 30)).isEqualTo(new Reply(0, "status", ""));
    }

    @Test
    void commandsAreCarriedOut() throws IOException {
        assertThat(AgentClient.call(path, new Request(List.of("oci-hook", "web"), "{}\n"), 30))
                .isEqualTo(new Reply(0, "oci-hook web", "{}\n"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void whatIsNoRequestIsAnsweredAndCarriesOutNothing() throws IOException {
        for (String line : List.of("\n", "garbage\n", "{\"version\":9,\"command\":[\"status\"]}\n", "\u0000\n")) {
            try (SocketChannel channel = connect()) {
                send(channel, line);
                assertThat(answer(channel))
                        .as(line)
                        .startsWith("{\"version\":1,\"error\":\"")
                        .endsWith("}\n");
            }
        }
        try (SocketChannel channel = connect()) {
            send(channel, "{\"version\":1,\"command\":[\"status\"]}\n{\"version\":1,\"command\":[\"status\"]}\n");
            assertThat(answer(channel)).contains("a connection has one request");
        }
        assertThat(runs).hasValue(0);
        stillServes();
    }

    @Test
    void aLineThatIsTooLongEndsItsConnection() throws IOException {
        try (SocketChannel channel = connect()) {
            String part = "x".repeat(1 << 16);
            long sent = 0;
            try {
                while (sent < 64L << 20) {
                    send(channel, part);
                    sent += part.length();
                }
            } catch (IOException e) {
                assertThat(e).hasMessageMatching(".*(pipe|reset).*");
            }
            assertThat(sent).isLessThan(4 << 20);
        }
        assertThatThrownBy(() -> AgentClient.call(path, new Request(List.of("a"), "x".repeat(1 << 20)), 30))
                .hasMessage("the request is longer than 1048576 bytes");
        assertThat(runs).hasValue(0);
        stillServes();
    }

    @Test
    void halfALineIsForgotten() throws IOException {
        for (int i = 0; i < 200; i++) {
            try (SocketChannel channel = connect()) {
                send(channel, "{\"version\":1,\"command\":[\"sta");
            }
        }
        stillServes();
        assertThat(runs).hasValue(1);
    }

    @Test
    @HangGuard
    void slowClientsAndFloodsDoNotStopIt() throws IOException {
        List<SocketChannel> slow = new ArrayList<>();
        int refused = 0;
        for (int i = 0; i < AgentServer.MAX_CONNECTIONS * 3; i++) {
            SocketChannel channel = connect();
            slow.add(channel);
            try {
                send(channel, "{");
            } catch (IOException e) {
                refused++;
            }
        }
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().equals("agent"))
                        .count())
                .isLessThan(AgentServer.MAX_CONNECTIONS * 2);
        try {
            AgentClient.call(path, STATUS, 30);
        } catch (ProtocolException e) {
            assertThat(e).hasMessage("it serves " + AgentServer.MAX_CONNECTIONS + " connections already");
        }
        for (SocketChannel channel : slow) {
            // Each is closed by the server, at once or after its time.
            try {
                assertThat(answer(channel)).matches("|.*connections already.*\n");
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("reset");
            }
            channel.close();
        }
        assertThat(refused).isLessThanOrEqualTo(AgentServer.MAX_CONNECTIONS * 2);
        stillServes();
    }

    @Test
    void aClientThatHasGoneIsNotServed() throws IOException, InterruptedException {
        List<SocketChannel> busy = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            SocketChannel channel = connect();
            send(channel, "{\"version\":1,\"command\":[\"wait\"]}\n");
            busy.add(channel);
        }
        begun.await();
        for (int i = 0; i < 10; i++) {
            try (SocketChannel channel = connect()) {
                send(channel, "{\"version\":1,\"command\":[\"status\"]}\n");
            }
        }
        goOn.countDown();
        for (SocketChannel channel : busy) {
            assertThat(answer(channel)).contains("\"code\":0");
            channel.close();
        }
        stillServes();
        assertThat(runs).as("4 that waited and the last one").hasValue(5);
    }

    @Test
    void aCommandThatFailsFailsAlone() throws IOException {
        assertThatThrownBy(() -> AgentClient.call(path, new Request(List.of("fail"), ""), 30))
                .hasMessage("it has failed: java.lang.IllegalStateException: a bug");
        assertThatThrownBy(() -> AgentClient.call(path, new Request(List.of("memory"), ""), 30))
                .hasMessage("it has failed: java.lang.OutOfMemoryError: none is left");
        assertThatThrownBy(() -> AgentClient.call(path, new Request(List.of("overflow"), ""), 30))
                .hasMessageStartingWith("it has failed: java.lang.StackOverflowError");
        assertThatThrownBy(() -> AgentClient.call(path, new Request(List.of("refuse"), ""), 30))
                .hasMessage("not for the agent");
        stillServes();
    }

    @Test
    void anAgentThatHangsIsLeftAfterATime() throws IOException {
        assertThatThrownBy(() -> AgentClient.call(path, new Request(List.of("wait"), ""), 1))
                .hasMessage("it has not answered within 1 s");
        Path deaf = dir.resolve("deaf");
        try (ServerSocketChannel never = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            never.bind(UnixDomainSocketAddress.of(deaf), 1);
            List<SocketChannel> waiting = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                waiting.add(SocketChannel.open(UnixDomainSocketAddress.of(deaf)));
            }
            assertThatThrownBy(() -> AgentClient.call(deaf, STATUS, 1))
                    .as("a queue that is full")
                    .hasMessage("it has not answered within 1 s");
            for (SocketChannel channel : waiting) {
                channel.close();
            }
        }
        assertThatThrownBy(() -> AgentClient.call(deaf, STATUS, 1)).hasMessageContaining("refused");
    }

    @Test
    void aSecondAgentIsRefusedAndAStaleSocketReplaced() throws IOException {
        assertThatThrownBy(() -> AgentServer.listen(path, this::handle)).hasMessage("another agent listens there");
        stillServes();
        server.close();
        assertThat(path).doesNotExist();
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(path))
                .close();
        assertThat(path).exists();
        server = AgentServer.listen(path, this::handle);
        new Thread(server::run).start();
        stillServes();
        Path file = Files.writeString(path.resolveSibling("file"), "mine");
        assertThatThrownBy(() -> AgentServer.listen(file, this::handle))
                .hasMessage("there is a file that is not a socket");
        assertThat(file).hasContent("mine");
    }

    @Test
    void aFolderThatOthersCanEnterIsRefused() throws IOException {
        Path open = Files.createDirectory(dir.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(() -> AgentServer.listen(open.resolve("agent.sock"), this::handle))
                .hasMessageContaining("`" + open + "` is not a directory of ")
                .hasMessageContaining("with the mode 0700");
        Path link = Files.createSymbolicLink(dir.resolve("link"), path.getParent());
        assertThatThrownBy(() -> AgentServer.listen(link.resolve("other.sock"), this::handle))
                .hasMessageContaining("is not a directory of ");
    }
}
