// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One {@code .case} file: a claim in one sentence, then sections that begin with {@code === name}.
 * The section `source` is the input, and `file NAME` is a file next to it. Every other section is
 * an expected printed form. Texts end with one newline.
 */
public record GoldenCase(Path file, String claim, Map<String, String> sections) {
    private static final String MARK = "=== ";
    private static final String FILE = "file ";

    /** Returns the cases of a folder of {@code testdata/cases}, sorted by name. */
    public static List<GoldenCase> in(String folder) {
        Path dir = projectRoot().resolve("testdata/cases").resolve(folder);
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(file -> file.toString().endsWith(".case"))
                    .sorted()
                    .map(GoldenCase::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the root of the checkout: {@code -Dringwall.root}, or the parent of the working
     * directory.
     */
    public static Path projectRoot() {
        String root = System.getProperty("ringwall.root", "");
        return root.isEmpty() ? Path.of("..").toAbsolutePath().normalize() : Path.of(root);
    }

    /** Reads one case. */
    public static GoldenCase read(Path file) {
        try {
            return parse(file, Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GoldenCase parse(Path file, String text) {
        StringBuilder claim = new StringBuilder();
        Map<String, StringBuilder> sections = new LinkedHashMap<>();
        StringBuilder current = claim;
        for (String line : text.split("\n", -1)) {
            if (line.startsWith(MARK)) {
                current = sections.computeIfAbsent(line.substring(MARK.length()).strip(), name -> new StringBuilder());
            } else {
                current.append(line).append('\n');
            }
        }
        Map<String, String> done = new LinkedHashMap<>();
        sections.forEach((name, body) -> done.put(name, normal(body.toString())));
        return new GoldenCase(file, claim.toString().strip(), done);
    }

    /**
     * Returns the text of a section.
     *
     * @throws IllegalArgumentException if there is no section of this name
     */
    public String section(String name) {
        String body = sections.get(name);
        if (body == null) {
            throw new IllegalArgumentException(file + " has no section `" + name + "`");
        }
        return body;
    }

    /** Writes the `file` sections into a folder. Returns false if there are none. */
    public boolean writeFiles(Path folder) {
        boolean any = false;
        for (Map.Entry<String, String> section : sections.entrySet()) {
            if (section.getKey().startsWith(FILE)) {
                any = true;
                Path name = folder.resolve(section.getKey().substring(FILE.length()));
                try {
                    Files.createDirectories(name.getParent());
                    Files.writeString(name, section.getValue());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return any;
    }

    /**
     * Compares every section except `source`, the files and those named in `inputs` with what
     * `actual` returns for its name. With {@code -Dgolden.update=true} the case file is rewritten
     * instead.
     */
    public void check(Function<String, String> actual, String... inputs) {
        Map<String, String> now = new LinkedHashMap<>();
        sections.forEach((name, body) -> {
            boolean input = name.equals("source")
                    || name.startsWith(FILE)
                    || List.of(inputs).contains(name);
            now.put(name, input ? body : normal(actual.apply(name)));
        });
        if (Boolean.getBoolean("golden.update")) {
            rewrite(now);
            return;
        }
        now.forEach((name, body) -> {
            if (!body.equals(sections.get(name))) {
                throw new AssertionError("%s: section `%s` differs%n--- expected%n%s--- actual%n%s"
                        .formatted(file.getFileName(), name, sections.get(name), body));
            }
        });
    }

    private void rewrite(Map<String, String> now) {
        StringBuilder text = new StringBuilder(claim).append('\n');
        now.forEach((name, body) ->
                text.append('\n').append(MARK).append(name).append('\n').append(body));
        try {
            Files.writeString(file, text.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String normal(String body) {
        String stripped = body.stripTrailing();
        return stripped.isEmpty() ? "" : stripped.replaceFirst("^\\n+", "") + "\n";
    }

    @Override
    public String toString() {
        return file.getFileName().toString();
    }
}
