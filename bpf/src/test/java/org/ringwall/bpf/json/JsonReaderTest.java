// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.json.JsonException.Reason;

final class JsonReaderTest {
    private static final JsonReader USUAL = JsonReader.ofSize(1 << 20);
    private static final JsonReader PLAIN = JsonReader.plain(3, 10, 100);

    @Test
    void valuesOfEveryType() throws JsonException {
        assertThat(USUAL.read(" {\"a\" : [1, -0, 18446744073709551616, 1.5, 1e3, true, false, null, \"\"]}\r\n\t"))
                .isEqualTo(Map.of(
                        "a",
                        Arrays.asList(
                                BigInteger.ONE,
                                BigInteger.ZERO,
                                BigInteger.ONE.shiftLeft(64),
                                1.5,
                                1000.0,
                                true,
                                false,
                                null,
                                "")));
        assertThat(USUAL.read("\"\\u00e9\\ud83d\\ude00\\b\\/\u0085\uffff\u007f\\u0000\""))
                .isEqualTo("é\ud83d\ude00\b/\u0085\uffff\u007f\u0000");
        assertThat(USUAL.read("null")).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "`` | 1",
                "` ` | 1",
                "{ | 2",
                "{} x | 4",
                "{}{} | 3",
                "[1,] | 4",
                "{a:1} | 2",
                "{'a':1} | 2",
                "[01] | 3",
                "[1] # comment | 5",
                "[NaN] | 5",
                "[+1] | 3",
                "{\"a\" 1} | 6",
                "{\"a\":1,\"a\":2} | 8",
                "{\"a\":1,\"\\u0061\":null} | 8"
            })
    void otherTextIsRejectedWithItsPosition(String text, long position) {
        JsonException e = catchThrowableOfType(JsonException.class, () -> USUAL.read(text));
        assertThat(e.reason()).isEqualTo(Reason.SYNTAX);
        assertThat(e.character()).as(e.getMessage()).isEqualTo(position);
        assertThat(e).hasMessageEndingWith(", at character " + position);
    }

    @Test
    void controlCharactersAreRejected() {
        for (char c = 0; c < ' '; c++) {
            String text = "[\"" + c + "\"]";
            assertThatThrownBy(() -> USUAL.read(text)).isInstanceOf(JsonException.class);
        }
    }

    private static Reason reason(JsonReader reader, String text) {
        return catchThrowableOfType(JsonException.class, () -> reader.read(text))
                .reason();
    }

    @Test
    void limitsAreExact() throws JsonException {
        assertThat(PLAIN.read("[[[1]]]")).isEqualTo(List.of(List.of(List.of(BigInteger.ONE))));
        assertThat(reason(PLAIN, "[[[[1]]]]")).isEqualTo(Reason.DEPTH);
        assertThat(PLAIN.read("[1,2,3,4,5,6,7,8,9]"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .hasSize(9);
        assertThat(reason(PLAIN, "[1,2,3,4,5,6,7,8,9,10]")).isEqualTo(Reason.VALUES);
        assertThat(PLAIN.read("\"" + "x".repeat(100) + "\"")).isEqualTo("x".repeat(100));
        assertThat(reason(PLAIN, "\"" + "x".repeat(101) + "\"")).isEqualTo(Reason.SCALAR_LENGTH);
        assertThat(reason(PLAIN, "\"" + "\\n".repeat(101) + "\"")).isEqualTo(Reason.SCALAR_LENGTH);
        assertThat(reason(PLAIN, "{\"" + "x".repeat(101) + "\":1}")).isEqualTo(Reason.SCALAR_LENGTH);
        assertThat(PLAIN.read("9".repeat(20))).isEqualTo(new BigInteger("9".repeat(20)));
        for (String other : List.of("9".repeat(21), "1.0", "1e0", "null")) {
            assertThat(reason(PLAIN, other)).as(other).isEqualTo(Reason.VALUE);
        }
        assertThat(USUAL.read("9".repeat(1000))).isEqualTo(new BigInteger("9".repeat(1000)));
        assertThat(reason(USUAL, "9".repeat(1001))).isEqualTo(Reason.VALUE);
        assertThat(reason(USUAL, "[".repeat(65))).isEqualTo(Reason.DEPTH);
        assertThat(reason(USUAL, "[".repeat(1 << 20))).isEqualTo(Reason.DEPTH);
        assertThat(reason(USUAL, " ".repeat((1 << 20) + 1))).isEqualTo(Reason.TEXT_LENGTH);
    }

    @Test
    void whatIsWrittenIsRead() throws JsonException {
        Random random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int k = random.nextInt(8); k >= 0; k--) {
                text.append((char) random.nextInt(random.nextBoolean() ? 0x100 : 0x10000));
            }
            Map<String, Object> tree = Map.of(text.toString(), List.of(text.toString(), BigInteger.valueOf(i), true));
            assertThat(USUAL.read(Json.of(tree))).isEqualTo(tree);
        }
    }

    @Test
    void randomChangesAreReadOrRejected() {
        Random random = new Random(2);
        String text = "{\"a\":[\"x\\u0041\",-12,true,null,1.5e3],\"b\":{}}";
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder changed = new StringBuilder(text);
            for (int k = random.nextInt(3); k >= 0; k--) {
                changed.setCharAt(random.nextInt(text.length()), (char) random.nextInt(128));
            }
            try {
                assertThat(USUAL.read(changed.toString())).isNotNull();
                read++;
            } catch (JsonException e) {
                assertThat(e.character()).isBetween(1L, text.length() + 1L);
            }
        }
        assertThat(read).isBetween(500, 19_000);
    }
}
