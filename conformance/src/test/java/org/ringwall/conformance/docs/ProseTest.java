// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The prose of comments and pages: no retired words (config/retired-words.txt), and no comment line
 * over 100 columns. config/prose-baseline.txt counts what is left in each file; the counts may only
 * shrink. {@code -Dgolden.update=true} lowers them.
 */
final class ProseTest {
    private static final int COLUMNS = 100;
    private static final Path BASELINE = Document.root().resolve("config/prose-baseline.txt");

    /** Strings are matched before comments, so that a comment mark in a string is none. */
    private static final Pattern TOKEN = Pattern.compile("\"\"\"[\\s\\S]*?\"\"\""
            + "|\"[^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+\""
            + "|'(?:\\\\.|[^'\\\\\\n])'"
            + "|(//[^\\n]*|/\\*[\\s\\S]*?\\*/)");

    private static final Pattern COMMENT_LINE = Pattern.compile("(?m)^[ \\t]*(?:/\\*|\\*|//).{0,400}$");

    @Test
    void retiredWordsAndLongLinesOnlyBecomeFewer() throws IOException {
        Map<String, Integer> found = found();
        Map<String, Integer> allowed = baseline();
        if (Boolean.getBoolean("golden.update")) {
            Map<String, Integer> lowered = new TreeMap<>(found);
            lowered.replaceAll((file, count) -> Math.min(count, allowed.getOrDefault(file, 0)));
            lowered.values().removeIf(count -> count == 0);
            Files.writeString(
                    BASELINE,
                    lowered.entrySet().stream()
                            .map(entry -> entry.getKey() + " " + entry.getValue() + "\n")
                            .collect(Collectors.joining()));
        }
        assertThat(found)
                .as("write what config/retired-words.txt proposes, or lower the baseline")
                .isEqualTo(baseline());
    }

    @Test
    void findsWordsAndLongLinesInCommentsAlone() {
        Pattern words = Pattern.compile("\\b(?:told)\\b");
        assertThat(count("/** It told. */ String told = \"/* told */\"; // told", words))
                .isEqualTo(2);
        assertThat(count("    // " + "x".repeat(COLUMNS), words)).isEqualTo(1);
        assertThat(count("    String s = \"" + "x".repeat(COLUMNS) + "\";", words))
                .isZero();
    }

    private static Map<String, Integer> found() throws IOException {
        Pattern words = words();
        Map<String, Integer> counts = new TreeMap<>();
        for (Path file : JavaSources.files()) {
            put(counts, file, count(Files.readString(file), words));
        }
        for (Document page : Document.all()) {
            put(
                    counts,
                    page.file(),
                    Math.toIntExact(words.matcher(page.prose()).results().count()));
        }
        return counts;
    }

    private static void put(Map<String, Integer> counts, Path file, int count) {
        if (count > 0) {
            counts.put(Document.root().relativize(file.normalize()).toString(), count);
        }
    }

    private static int count(String text, Pattern words) {
        long retired = TOKEN.matcher(text)
                .results()
                .map(token -> token.group(1))
                .filter(comment -> comment != null)
                .mapToLong(comment -> words.matcher(comment).results().count())
                .sum();
        long tooLong = COMMENT_LINE
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .filter(line -> line.length() > COLUMNS)
                .count();
        return Math.toIntExact(retired + tooLong);
    }

    private static Pattern words() throws IOException {
        return Pattern.compile(lines(Document.root().resolve("config/retired-words.txt")).stream()
                .map(line -> line.substring(0, line.indexOf('\t')))
                .collect(Collectors.joining("|", "\\b(?:", ")\\b")));
    }

    private static Map<String, Integer> baseline() throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        for (String line : lines(BASELINE)) {
            int space = line.lastIndexOf(' ');
            counts.put(line.substring(0, space), Integer.parseInt(line.substring(space + 1)));
        }
        return counts;
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
    }
}
