// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.ringwall.testkit.GoldenCase;

/** A page of the project's documents. */
record Document(Path file, String text) {
    private static final Pattern BLOCK = Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);
    private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");

    /** Returns every page: those at the root, in docs and its pages of hooks, and in samples. */
    static List<Document> all() {
        List<Document> pages = new ArrayList<>();
        for (String folder : List.of("", "docs", "docs/hooks", "samples")) {
            try (Stream<Path> files = Files.list(root().resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(file -> pages.add(read(file)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return pages;
    }

    static Document of(String path) {
        return read(root().resolve(path));
    }

    static Path root() {
        return GoldenCase.projectRoot();
    }

    private static Document read(Path file) {
        try {
            return new Document(file, Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A fenced block.
     *
     * @param language the word after the fence, or an empty string
     * @param body its lines, each with its newline
     */
    record Block(String language, String body) {}

    /** Returns every block of the page, in the order of the page. */
    List<Block> blocks() {
        return BLOCK.matcher(text)
                .results()
                .map(block -> new Block(block.group(1), block.group(2)))
                .toList();
    }

    /** Returns the blocks in this language that begin with this text. */
    List<String> blocks(String language, String beginning) {
        return blocks().stream()
                .filter(block -> block.language().equals(language))
                .map(Block::body)
                .filter(body -> body.startsWith(beginning))
                .toList();
    }

    /** Returns the text outside of blocks. */
    String prose() {
        return BLOCK.matcher(text).replaceAll("");
    }

    List<String> headings() {
        return HEADING.matcher(prose())
                .results()
                .map(heading -> heading.group(1))
                .toList();
    }

    /** Returns the anchors of the headings. */
    List<String> anchors() {
        return headings().stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    /** Returns the text under a heading, up to the next. */
    String section(String heading) {
        String mark = "\n## " + heading + "\n";
        int start = text.indexOf(mark);
        if (start < 0) {
            throw new IllegalArgumentException(this + " has no section `" + heading + "`");
        }
        int end = text.indexOf("\n## ", start + mark.length());
        return text.substring(start + mark.length(), end < 0 ? text.length() : end);
    }

    /** Returns the words in backticks. */
    static Set<String> words(String prose) {
        Set<String> words = new LinkedHashSet<>();
        CODE.matcher(prose).results().forEach(word -> words.add(word.group(1)));
        return words;
    }

    @Override
    public String toString() {
        return root().relativize(file).toString();
    }
}
