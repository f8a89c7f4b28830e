// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lines of the agent's protocol. */
final class LineTest {
    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ByteBuffer withoutEnd(byte[] line) {
        assertThat(line[line.length - 1]).isEqualTo((byte) '\n');
        return ByteBuffer.wrap(line, 0, line.length - 1);
    }

    @Test
    void whatOneSideWritesTheOtherReads() throws ProtocolException {
        String text = "a \"quoted\" \\ line\nwith a tab\t, \u0000, \u2028, \ud83d\ude00 and é";
        Request request = new Request(List.of("oci-hook", "web@main", text), "{\"id\": \"" + text + "\"}\n");
        assertThat(Line.request(withoutEnd(Line.of(request)))).isEqualTo(request);
        assertThat(new String(Line.of(request), StandardCharsets.UTF_8).lines()).hasSize(1);
        Reply reply = new Reply(-3, text, "");
        assertThat(Line.reply(withoutEnd(Line.of(reply)))).isEqualTo(reply);
    }

    @Test
    void aRequestIsPlainJson() throws ProtocolException {
        assertThat(Line.request(
                        bytes(" { \"command\" : [ \"status\" , \"\\u002d\\u002Djson\\n\" ] , \"version\" : 1 } ")))
                .isEqualTo(new Request(List.of("status", "--json\n"), ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "status",
                "[]",
                "{",
                "{}x",
                "{\"version\":1",
                "{\"version\":1}",
                "{\"version\":1,\"command\":[]}",
                "{\"version\":1,\"command\":\"status\"}",
                "{\"version\":1,\"command\":[1]}",
                "{\"version\":1,\"command\":[[]]}",
                "{\"version\":1,\"command\":{}}",
                "{\"version\":1,\"command\":[\"a\",]}",
                "{\"version\":1,\"command\":[\"a\"],\"input\":1}",
                "{\"version\":1,\"command\":[\"a\"],\"more\":\"\"}",
                "{\"version\":1,\"version\":1,\"command\":[\"a\"]}",
                "{\"version\":01,\"command\":[\"a\"]}",
                "{\"version\":1.0,\"command\":[\"a\"]}",
                "{\"version\":1234567890123,\"command\":[\"a\"]}",
                "{\"version\":1,\"command\":[\"\\x\"]}",
                "{\"version\":1,\"command\":[\"\\u00zz\"]}",
                "{\"version\":1,\"command\":[\"a\tb\"]}",
                "{\"version\":1,\"command\":[\"a"
            })
    void otherLinesAreRefused(String line) {
        assertThatThrownBy(() -> Line.request(bytes(line))).isInstanceOf(ProtocolException.class);
    }

    @Test
    void refusalsNameThePosition() {
        assertThatThrownBy(() -> Line.request(bytes("{\"version\":1,\"command\":[\"a\",]}")))
                .hasMessage("the line is not JSON, at character 29");
        assertThatThrownBy(() -> Line.request(bytes("{\"version\":1,\"command\":[[\"a\"]]}")))
                .hasMessage("the line has values nested deeper than 2 levels, at character 25");
        assertThatThrownBy(() -> Line.request(bytes("{\"version\":1.0}")))
                .hasMessage("the line has a word that is not a string, an integer, true or false, at character 12");
        assertThatThrownBy(() -> Line.request(bytes("[1]"))).hasMessage("the line is not a JSON object");
    }

    @Test
    void bytesThatAreNoTextAreRefused() {
        assertThatThrownBy(() -> Line.request(ByteBuffer.wrap(new byte[] {(byte) 0xff})))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("the line is not UTF-8");
    }

    @Test
    void randomBytesAreRefusedOrUnderstood() {
        Random random = new Random(1);
        byte[] line =
                "{\"version\":1,\"command\":[\"a\",\"\\u0041\"],\"input\":\"x\"}".getBytes(StandardCharsets.UTF_8);
        int understood = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] changed = line.clone();
            for (int k = random.nextInt(3); k >= 0; k--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(Line.request(ByteBuffer.wrap(changed)).words()).isNotEmpty();
                understood++;
            } catch (ProtocolException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
        assertThat(understood).isBetween(50, 19_000);
    }

    @Test
    void anotherVersionIsNamed() {
        assertThatThrownBy(() -> Line.request(bytes("{\"version\":2,\"command\":[\"status\"]}")))
                .hasMessage("the other side has version 2 of the protocol, not 1");
        assertThatThrownBy(() -> Line.reply(bytes("{\"version\":2,\"result\":\"done\"}")))
                .hasMessage("the other side has version 2 of the protocol, not 1");
        assertThatThrownBy(() -> Line.reply(bytes("{\"code\":0,\"out\":\"\",\"err\":\"\"}")))
                .hasMessage("the other side has version none of the protocol, not 1");
    }

    @Test
    void aRefusalIsNoReply() {
        assertThatThrownBy(() -> Line.reply(withoutEnd(Line.refusal("it is busy"))))
                .hasMessage("it is busy");
        byte[] line = Line.of(new Reply(0, "x".repeat(Line.MAX_REPLY_BYTES), ""));
        assertThatThrownBy(() -> Line.reply(withoutEnd(line)))
                .hasMessageStartingWith("the command has ended with 0, but its output is longer than");
    }
}
