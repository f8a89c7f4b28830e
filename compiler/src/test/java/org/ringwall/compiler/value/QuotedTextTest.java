// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class QuotedTextTest {
    @Test
    void readsAllEscapes() {
        QuotedText read = QuotedText.read("a\\tb\\n\\\\\\\"\\x41\\x7f");
        assertThat(read.problem()).isEmpty();
        assertThat(read.text()).isEqualTo("a\tb\n\\\"A\u007f");
    }

    @Test
    void joinsEscapedBytesToTheCharactersThatTheyEncode() {
        assertThat(QuotedText.read("\\xf0\\x9f\\x98\\x80\\xc3\\xbc").text()).isEqualTo("😀ü");
    }

    @Test
    void refusesInvalidEscapesZeroBytesAndNonUtf8() {
        assertThat(wrong("a\\q")).isEqualTo("1..3 `\\q` is not an escape");
        assertThat(wrong("\\😀")).isEqualTo("0..3 `\\😀` is not an escape");
        assertThat(wrong("ab\\x4")).isEqualTo("2..4 `\\x` is not an escape");
        assertThat(wrong("ab\\x4g")).isEqualTo("2..4 `\\x` is not an escape");
        assertThat(wrong("a\\x00b")).isEqualTo("1..5 a string cannot contain a zero byte");
        assertThat(wrong("\\xff")).isEqualTo("0..4 the bytes of this string are not UTF-8");
        assertThat(wrong("ü\\xc3")).isEqualTo("0..5 the bytes of this string are not UTF-8");
    }

    private static String wrong(String inside) {
        QuotedText.Problem problem = QuotedText.read(inside).problem().orElseThrow();
        return problem.start() + ".." + problem.end() + " " + problem.message();
    }

    @Test
    void quotedTextRoundTrips() {
        assertThat(QuotedText.quote("a\tb\n\\\"\u0007ü😀\u0085")).isEqualTo("\"a\\tb\\n\\\\\\\"\\x07ü😀\\xc2\\x85\"");
        Stream.of("", "plain", "a\tb\n\\\"\u0007ü😀\u0085", "\\x41").forEach(text -> {
            String quoted = QuotedText.quote(text);
            assertThat(QuotedText.read(quoted.substring(1, quoted.length() - 1)).text())
                    .isEqualTo(text);
        });
    }
}
