// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.place;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {
    @ParameterizedTest
    @ValueSource(strings = {"job-\r", "job-\u0085", "job-\u2028", "job-\u2029", "job-\n", "job-\ud83d\ude00", "job-\0"})
    void aCharacterThatEndsALineIsACharacter(String name) {
        assertThat(new Glob("job-*").matches(name)).isTrue();
        assertThat(new Glob("job-?").matches(name)).isTrue();
        assertThat(new Glob("*").matches(name + "x")).isTrue();
        assertThat(new Glob("job-").matches(name)).isFalse();
    }

    @Test
    void matchesAsARegularExpressionDoes() {
        Random random = new Random(1);
        int matched = 0;
        for (int i = 0; i < 100_000; i++) {
            String pattern = word(random, "ab*?");
            String name = word(random, "ab");
            boolean expected = Pattern.matches(pattern.replace("*", ".*").replace('?', '.'), name);
            assertThat(new Glob(pattern).matches(name)).as(pattern + " " + name).isEqualTo(expected);
            matched += expected ? 1 : 0;
        }
        assertThat(matched).isBetween(10_000, 90_000);
    }

    private static String word(Random random, String letters) {
        return random.ints(random.nextInt(8), 0, letters.length())
                .mapToObj(i -> letters.substring(i, i + 1))
                .collect(Collectors.joining());
    }

    /** A regular expression with backtracking would not end within the life of the machine. */
    @Test
    void manyStarsDoNotMakeANameExpensive() {
        assertThat(new Glob("*a".repeat(100) + "b").matches("a".repeat(255))).isFalse();
        assertThat(new Glob("*".repeat(5000) + "b").matches("a".repeat(255))).isFalse();
    }
}
