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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.ringwall.testkit.GoldenCase;

/**
 * The prose of comments, scripts, pages and the claims of golden cases: no retired words
 * (config/retired-words.txt), and no comment line over 100 columns. Names of code, as in {@code
 * `asks`}, are not prose.
 */
final class ProseTest {
    private static final int COLUMNS = 100;
    private static final int WORDS = 120;

    /** Strings are matched before comments, so that a comment mark in a string is none. */
    private static final Pattern TOKEN = Pattern.compile("\"\"\"[\\s\\S]*?\"\"\""
            + "|\"[^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+\""
            + "|'(?:\\\\.|[^'\\\\\\n])'"
            + "|(//[^\\n]*|/\\*[\\s\\S]*?\\*/)");

    private static final Pattern COMMENT_LINE = Pattern.compile("(?m)^[ \\t]*(?:/\\*|\\*|//).{0,400}$");

    /** A comment on a line of its own in a shell script. */
    private static final Pattern SHELL_COMMENT = Pattern.compile("(?m)^[ \\t]*#(?!!).*$");

    private static final Pattern NAME = Pattern.compile("`[^`\\n]+`|\\{@(?:code|link)[^}]*\\}");

    @Test
    void hasNoRetiredWordsAndNoLongLines() throws IOException {
        assertThat(found())
                .as("write what config/retired-words.txt proposes, and break long lines")
                .isEmpty();
    }

    @Test
    void findsWordsAndLongLinesInCommentsAlone() {
        Pattern words = Pattern.compile("\\b(?:told)\\b");
        assertThat(inComments("/** It told. */ String told = \"/* told */\"; // told", words))
                .hasSize(2);
        assertThat(inComments("    // " + "x".repeat(COLUMNS), words)).hasSize(1);
        assertThat(inComments("    String s = \"" + "x".repeat(COLUMNS) + "\";", words))
                .isEmpty();
    }

    @Test
    void findsWordsAndLongLinesInCommentsOfScripts() {
        Pattern words = Pattern.compile("\\b(?:told)\\b");
        assertThat(inShellComments("#!/bin/told\n  # told\necho told # told\n#" + "x".repeat(COLUMNS), words))
                .containsExactly("told", "#" + "x".repeat(COLUMNS));
    }

    @Test
    void ignoresCodeAndLinksInProse() {
        Pattern words = Pattern.compile("\\b(?:told)\\b");
        assertThat(retired("See `told` and {@code told}, {@link Told#told}", words))
                .isEmpty();
        assertThat(retired("It `is` told `so`", words)).containsExactly("told");
    }

    /** Of the pages that define, a reader looks up one paragraph at a time. */
    @Test
    void paragraphsOfDefinitionsAreShort() throws IOException {
        String page = Files.readString(GoldenCase.projectRoot().resolve("docs/semantics.md"));
        assertThat(longParagraphs(page)).as("at most %d words each", WORDS).isEmpty();
        assertThat(longParagraphs("x ".repeat(WORDS) + "\n\n- " + "y ".repeat(WORDS)))
                .hasSize(1);
    }

    /** Returns the beginnings of paragraphs and list items that are too long. */
    private static List<String> longParagraphs(String page) {
        return Pattern.compile("\n")
                .splitAsStream(page)
                .filter(line -> !line.startsWith("|") && line.split("\\s+").length > WORDS)
                .map(line -> line.substring(0, 60))
                .toList();
    }

    /** Returns, for each file that has some, the retired words and the lines that are too long. */
    private static Map<String, List<String>> found() throws IOException {
        Pattern words = words();
        Map<String, List<String>> found = new TreeMap<>();
        for (Path file : JavaSources.files()) {
            put(found, file, inComments(Files.readString(file), words));
        }
        for (Path script : scripts()) {
            put(found, script, inShellComments(Files.readString(script), words));
        }
        for (Document page : Document.all()) {
            put(found, page.file(), retired(page.prose(), words));
        }
        for (GoldenCase golden : goldenCases()) {
            put(found, golden.file(), retired(golden.claim(), words));
        }
        return found;
    }

    /** Returns the scripts that users run. */
    private static List<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.list(Document.root().resolve("bin"))) {
            return files.sorted().toList();
        }
    }

    private static List<GoldenCase> goldenCases() throws IOException {
        try (Stream<Path> folders = Files.list(Document.root().resolve("testdata/cases"))) {
            return folders.map(folder -> folder.getFileName().toString())
                    .sorted()
                    .flatMap(folder -> GoldenCase.in(folder).stream())
                    .toList();
        }
    }

    private static List<String> inShellComments(String text, Pattern words) {
        return SHELL_COMMENT
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .flatMap(comment -> Stream.concat(
                        retired(comment, words).stream(), Stream.of(comment).filter(line -> line.length() > COLUMNS)))
                .toList();
    }

    private static void put(Map<String, List<String>> found, Path file, List<String> what) {
        if (!what.isEmpty()) {
            found.put(Document.root().relativize(file.normalize()).toString(), what);
        }
    }

    private static List<String> inComments(String text, Pattern words) {
        Stream<String> retired = TOKEN.matcher(text)
                .results()
                .map(token -> token.group(1))
                .filter(comment -> comment != null)
                .flatMap(comment -> retired(comment, words).stream());
        Stream<String> tooLong =
                COMMENT_LINE.matcher(text).results().map(MatchResult::group).filter(line -> line.length() > COLUMNS);
        return Stream.concat(retired, tooLong).toList();
    }

    private static List<String> retired(String prose, Pattern words) {
        return words.matcher(NAME.matcher(prose).replaceAll("`"))
                .results()
                .map(MatchResult::group)
                .toList();
    }

    private static Pattern words() throws IOException {
        return Pattern.compile(lines(Document.root().resolve("config/retired-words.txt")).stream()
                .map(line -> line.substring(0, line.indexOf('\t')))
                .collect(Collectors.joining("|", "\\b(?:", ")\\b")));
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
    }
}
