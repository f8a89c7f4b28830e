// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcSocketTest {
    /** Empty settings of a server, and the headers of a reply, which are not read. */
    private static final String HEAD = "000000 04 00 00000000  000001 01 04 00000001 88";

    /** Trailers `grpc-status: 0`, Huffman-coded, and `grpc-status: 5`. */
    private static final String OK = "00000c 01 05 00000001 40 88 9acac8b21234da8f 01 30";

    private static final String NOT_FOUND = "00000c 01 05 00000001 40 88 9acac8b21234da8f 01 35";

    /** The same as `OK` in plain text, in two frames. */
    private static final String PLAIN =
            "000006 01 01 00000001 00 0b 67727063  000009 09 04 00000001 2d 737461747573 01 30";

    @TempDir
    private Path dir = Path.of("");

    /** Calls a server that answers with these bytes; returns the replies. */
    private List<String> call(String answer, boolean closes) throws IOException {
        Path path = dir.resolve("api.sock");
        List<String> replies = new ArrayList<>();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            try (GrpcSocket api = new GrpcSocket(path, Duration.ofMillis(closes ? 10_000 : 300));
                    SocketChannel channel = server.accept()) {
                channel.write(ByteBuffer.wrap(HexFormat.of().parseHex(answer.replace(" ", ""))));
                if (closes) {
                    channel.shutdownOutput();
                }
                api.call(
                        "/a.B/C",
                        Map.of("n", "v"),
                        new byte[0],
                        reply -> replies.add(HexFormat.of().formatHex(reply)));
            }
        }
        return replies;
    }

    @ParameterizedTest
    @CsvSource({
        // One message, two in one frame, one in two frames, one with padding, and none.
        HEAD + " 000007 00 00 00000001 00 00000002 0102 " + OK + ", 0102",
        HEAD + " 00000c 00 00 00000001 00 00000001 01 00 00000001 02 " + PLAIN + ", 01 02",
        HEAD + " 000006 00 00 00000001 00 00000002 01 000001 00 00 00000001 02 " + OK + ", 0102",
        HEAD + " 000009 00 08 00000001 02 00 00000001 07 0000 " + OK + ", 07",
        HEAD + " 000008 06 00 00000000 0102030405060708 " + OK + ", ''",
    })
    void repliesAreThoseOfTheCall(String answer, String replies) throws IOException {
        assertThat(String.join(" ", call(answer, true))).isEqualTo(replies);
    }

    @ParameterizedTest
    @CsvSource({
        HEAD + " " + NOT_FOUND + ", it refused the call",
        HEAD + " 000005 00 00 00000001 00 00000002 " + OK + ", it refused the call",
        HEAD + " 000006 00 00 00000001 01 00000001 01, its answer is not gRPC",
        HEAD + " 000001 00 08 00000001 05, its answer is not HTTP/2",
        HEAD + " 000004 03 00 00000001 00000002, it ended the call",
        HEAD + " 000008 07 00 00000000 0000000000000000, it ended the call",
        HEAD + ", it closed the connection",
        "485454502f312e312034303020426164, its answer is not HTTP/2",
    })
    void answersOfAnotherFormAreErrors(String answer, String problem) {
        assertThatThrownBy(() -> call(answer, true))
                .isInstanceOf(IOException.class)
                .hasMessage(problem);
    }

    /** Calls a server that sends this frame again and again, and then the trailers. */
    private int repeated(String frame, int count) throws Exception {
        byte[] one = HexFormat.of().parseHex(frame.replace(" ", ""));
        Path path = dir.resolve("api.sock");
        int[] replies = {0};
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            FutureTask<Integer> sending = new FutureTask<>(() -> {
                try (SocketChannel channel = server.accept()) {
                    for (int i = 0; i < count; i++) {
                        channel.write(ByteBuffer.wrap(one));
                    }
                    channel.write(ByteBuffer.wrap(HexFormat.of().parseHex(OK.replace(" ", ""))));
                    channel.shutdownOutput();
                    // The client's request is read, since an unread one would end the connection.
                    while (channel.read(ByteBuffer.allocate(1 << 12)) >= 0) {}
                }
                return count;
            });
            new Thread(sending).start();
            try (GrpcSocket api = new GrpcSocket(path, Duration.ofMinutes(5))) {
                api.call("/a.B/C", Map.of(), new byte[0], reply -> replies[0]++);
            }
            assertThat(sending.get()).isEqualTo(count);
        }
        return replies[0];
    }

    @Test
    void theLimitOfSizeIsThatOfOneReply() throws Exception {
        String frame = "004000 00 00 00000001 00 00003ffb " + "00".repeat(0x3ffb);
        assertThat(repeated(frame, 5_000)).isEqualTo(5_000);
    }

    @Test
    void aReplyThatIsTooLongIsRefused() {
        String frame = "004000 00 00 00000001 00 7fffffff " + "00".repeat(0x3ffb);
        assertThatThrownBy(() -> repeated(frame, 5_000))
                .isInstanceOf(IOException.class)
                .hasMessage("its answer is longer than 64 MiB");
    }

    @Test
    void aServerThatDoesNotAnswerIsGivenUp() {
        assertThatThrownBy(() -> call(HEAD, false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not answered");
    }
}
