// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.testkit.GoldenCase;

/**
 * The rule that regular expressions repeat groups without a limit only possessively, as in {@code
 * (?:a|b)*+}. {@link java.util.regex} calls itself for each repetition of another group, so that a
 * long input ends in a StackOverflowError, and a group that can match a text in two ways takes
 * exponential time.
 */
final class RegularExpressionsTest {
    private static final Pattern STRING = Pattern.compile("\"([^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+)\"");

    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");

    /** The calls whose arguments are regular expressions. */
    private static final Pattern CALL = Pattern.compile(
            "(?:Pattern\\.compile|\\.matches|\\.replaceAll|\\.replaceFirst|\\.split)\\((?:[^\"();]|\"(?:[^\"\\\\]|\\\\.)*+\")*+");

    /** A closed group that is repeated without a limit and not possessively. */
    private static final Pattern REPEATED = Pattern.compile("(?<!\\\\)(?:\\\\\\\\)*+\\)(?:[*+]|\\{\\d+,\\})(?![+])");

    @Test
    void groupsAreRepeatedPossessively() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> modules = Files.list(GoldenCase.projectRoot())) {
            for (Path module : modules.map(each -> each.resolve("src/main/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> all = Files.walk(module)) {
                    all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
                }
            }
        }
        assertThat(files).hasSizeGreaterThan(1000);
        assertThat(files.stream()
                        .flatMap(file -> found(text(file)).stream()
                                .map(expression -> GoldenCase.projectRoot().relativize(file) + ": " + expression)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Pattern.compile(\"(?:a|b)*\")",
                "text.matches(\"([^\\\\\\\\]|\\\\\\\\.)*x\")",
                "Pattern.compile(\"a\" + NAME + \"(a+)+\")",
                "text.split(\"(?:,b){2,}\", -1)"
            })
    void findsAGroupThatRecurses(String code) {
        assertThat(found(code)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Pattern.compile(\"(?:a|b)*+[a-z]*(c)?(d){1,3}\")",
                "text.matches(\"\\\\)*\")",
                "say(\"(see a)*\")"
            })
    void findsNothingElse(String code) {
        assertThat(found(code)).isEmpty();
    }

    private static List<String> found(String text) {
        return CALL.matcher(text)
                .results()
                .map(call -> STRING.matcher(call.group())
                        .results()
                        .map(string -> ESCAPE.matcher(string.group(1)).replaceAll("$1"))
                        .collect(Collectors.joining()))
                .filter(expression -> {
                    Matcher repeated = REPEATED.matcher(expression);
                    return repeated.find();
                })
                .toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
