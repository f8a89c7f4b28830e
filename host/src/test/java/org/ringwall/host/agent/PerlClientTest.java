// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.agent;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.ToolTest;

/** The client in Perl with the server of the agent, and a program in the place of Java. */
@ToolTest("perl")
class PerlClientTest {
    @TempDir
    private Path dir = Path.of("");

    private Path socket = Path.of("");
    private Path java = Path.of("");

    @BeforeEach
    void prepare() throws IOException {
        socket = dir.resolve("run/agent.sock");
        java = Files.writeString(
                dir.resolve("java"),
                "#!/bin/sh\necho \"java $* [$RINGWALL_HOOK] [${RINGWALL_HOOK_FAILURE-none}]\"; cat >input; exit 9\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
    }

    @AfterEach
    void noChild() {
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    private Command call(String state, String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                "perl", GoldenCase.projectRoot().resolve("bin/oci-hook.pl").toString(), java.toString(), "oci-hook"));
        all.addAll(List.of("--socket", socket.toString()));
        all.addAll(List.of(words));
        Path input = Files.writeString(dir.resolve("state"), state, StandardCharsets.ISO_8859_1);
        ProcessBuilder builder = new ProcessBuilder(all).redirectInput(input.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("RINGWALL"));
        return Command.run(dir, builder);
    }

    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private interface Body {
        void run() throws IOException;
    }

    private void withServer(AgentServer.Handler handler, Body body) throws IOException {
        try (AgentServer server = AgentServer.listen(socket, handler)) {
            Thread thread = new Thread(server::run);
            thread.setDaemon(true);
            thread.start();
            body.run();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"id\": \"c\"}\n", "", "\\ \" \t \u0001 \u001f \u007f é 汉 😀 \n\n", "\\u0041"})
    void theStateAndTheReplyArriveAsTheyAre(String text) throws IOException {
        withServer(
                request -> new Reply(request.words().size(), request.input() + "|", String.join(",", request.words())),
                () -> assertThat(call(bytes(text), "--agent=required", "web", "a\"b\\c", "--timeout", "9"))
                        .isEqualTo(new Command(3, text + "|oci-hook,web,a\"b\\c")));
        assertThat(dir.resolve("input")).doesNotExist();
    }

    @Test
    void aStateOfNearlyAMegabyteArrives() throws IOException {
        String state = "x".repeat((1 << 20) - 200);
        withServer(
                request -> new Reply(0, String.valueOf(request.input().length()), ""),
                () -> assertThat(call(state)).isEqualTo(new Command(0, String.valueOf(state.length()))));
    }

    @ParameterizedTest
    @CsvSource({"--agent,never", "--timeout,0", "--timeout,3601", "--timeout,1x", "--other,x", "--agent,x", "--socket,x"
    })
    void wordsThatItDoesNotKnowAreLeftToJava(String option, String value) throws IOException {
        withServer(
                request -> new Reply(0, "served", ""),
                () -> assertThat(call("state", option, value))
                        .isEqualTo(new Command(
                                9,
                                "java oci-hook --socket " + socket + " " + option + " " + value + " [java] [none]\n")));
        assertThat(dir.resolve("input")).hasContent("state");
    }

    @Test
    void withoutAnAgentTheInputIsLeftToJava() throws IOException {
        assertThat(call("state")).isEqualTo(new Command(9, "java oci-hook --socket " + socket + " [java] [none]\n"));
        assertThat(dir.resolve("input")).hasContent("state");
    }

    @Test
    void statesThatItCannotSendAreLeftToJava() throws IOException {
        for (String state : List.of("\u00ff", "x".repeat(2 << 20))) {
            withServer(
                    request -> new Reply(0, "served", ""),
                    () -> assertThat(call(state).output()).endsWith("[java] [none]\n"));
            // Of a state that is too long enough arrives that Java refuses it.
            assertThat(Files.readString(dir.resolve("input"), StandardCharsets.ISO_8859_1))
                    .matches(input -> input.equals(state) || input.length() > 1 << 20);
        }
    }

    @Test
    void aRefusalIsReportedByJavaWithItsReason() throws IOException {
        withServer(
                request -> {
                    throw new ProtocolException("not \"here\"");
                },
                () -> assertThat(call("state\n").output()).endsWith("[java] [not \"here\"]\n"));
        assertThat(dir.resolve("input")).hasContent("state");
    }

    /** Servers that do not answer as the agent does: what they send, and what Java reports. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|it has closed the connection before its answer",
                "{\"version\":2,\"code\":0}|the other side has version 2 of the protocol, not 1",
                "{\"version\":1,\"code\":0,\"out\":\"\"}|its answer has no exit code",
                "{\"version\":1,\"code\":0,\"out\":\"\",\"err\":\"\"|its answer has no exit code"
            })
    void otherAnswersNeverSucceed(String answer, String failure) throws IOException {
        other(answer == null ? "" : answer, false, failure, "--agent", "required");
    }

    @Test
    void aServerThatHangsIsReportedAfterTheTimeout() throws IOException {
        other("", true, "it has not answered within 1 s", "--timeout", "1");
    }

    private void other(String answer, boolean hangs, String failure, String... words) throws IOException {
        Files.createDirectory(dir.resolve("run"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Thread thread = new Thread(() -> answer(server, answer, hangs));
            thread.setDaemon(true);
            thread.start();
            assertThat(call("state", words)).satisfies(result -> {
                assertThat(result.status()).isEqualTo(9);
                assertThat(result.output()).endsWith("[java] [" + failure + "]\n");
            });
        }
        assertThat(dir.resolve("input")).hasContent("state");
    }

    private static void answer(ServerSocketChannel server, String answer, boolean hangs) {
        try (SocketChannel client = server.accept()) {
            client.read(ByteBuffer.allocate(1 << 16));
            client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
            if (hangs) {
                // Until the client has gone.
                client.read(ByteBuffer.allocate(1));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
