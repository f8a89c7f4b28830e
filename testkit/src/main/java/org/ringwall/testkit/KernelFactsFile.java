// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A file of {@code testdata/kernel}. A line of unknown form is an error. */
record KernelFactsFile(List<Line> lines) {
    private static final Map<String, Integer> WIDTHS = Map.of("b", 1, "h", 2, "w", 4, "dw", 8);

    private static final Grid GRID = readGrid();

    /** The probes that were made on every kernel. */
    record Grid(List<String> hooks, List<KernelFacts.Access> accesses, List<Integer> values, List<Integer> helpers) {}

    /** `KIND HEAD: REST`, where HEAD and REST are words. A line without a colon has no head. */
    record Line(String kind, List<String> head, List<String> words) {
        static Line parse(String text) {
            int colon = text.indexOf(':');
            List<String> before =
                    Arrays.asList(text.substring(0, Math.max(colon, 0)).split(" "));
            if (colon < 0) {
                List<String> all = Arrays.asList(text.split(" "));
                return new Line(all.get(0), List.of(), all.subList(1, all.size()));
            }
            List<String> after = Arrays.asList(text.substring(colon + 1).strip().split(" "));
            return new Line(before.get(0), before.subList(1, before.size()), after);
        }

        /** Returns the words after the colon; for a helper line, the hooks that they name. */
        List<String> rest() {
            return kind.equals("helper") ? named(words, GRID.hooks()) : words;
        }

        List<String> hooks() {
            return named(head, GRID.hooks());
        }

        int id() {
            return Integer.parseInt(head.get(0));
        }

        String name() {
            return head.get(1);
        }

        KernelFacts.Span span() {
            if (words.equals(List.of("none"))) {
                return new KernelFacts.Span(0, -1);
            }
            List<Integer> numbers = numbers(words.get(0), 1);
            return new KernelFacts.Span(numbers.get(0), numbers.get(numbers.size() - 1));
        }

        /** Returns the accesses of `OPERATIONS WIDTH OFFSETS`, for each hook. */
        List<KernelFacts.Access> accesses() {
            int at = IntStream.range(0, words.size())
                    .filter(i -> WIDTHS.containsKey(words.get(i)))
                    .findFirst()
                    .orElseThrow();
            int bytes = width(words.get(at));
            List<KernelFacts.Access> accesses = new ArrayList<>();
            for (String hook : hooks()) {
                for (String operation : words.subList(0, at)) {
                    for (String offsets : words.subList(at + 1, words.size())) {
                        numbers(offsets, bytes)
                                .forEach(
                                        offset -> accesses.add(new KernelFacts.Access(hook, operation, offset, bytes)));
                    }
                }
            }
            return accesses;
        }
    }

    static KernelFactsFile of(String name) {
        try {
            return new KernelFactsFile(
                    Files.readAllLines(GoldenCase.projectRoot()
                                    .resolve("testdata/kernel")
                                    .resolve(name))
                            .stream()
                            .map(Line::parse)
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Grid grid() {
        return GRID;
    }

    private static Grid readGrid() {
        List<Line> lines = of("grid.txt").lines();
        List<String> hooks = one(lines, "hooks").words();
        List<KernelFacts.Access> accesses = new ArrayList<>();
        for (Line offsets : all(lines, "offsets")) {
            for (String hook : named(offsets.head(), hooks)) {
                for (int offset : numbers(offsets.words().get(0), 1)) {
                    for (Line operation : all(lines, "operation")) {
                        for (String width : operation.words()) {
                            accesses.add(new KernelFacts.Access(
                                    hook, operation.head().get(0), offset, width(width)));
                        }
                    }
                }
            }
        }
        List<Integer> values = numbers(one(lines, "values").words().get(0), 1);
        List<Integer> helpers = numbers(one(lines, "helpers").words().get(0), 1);
        return new Grid(List.copyOf(hooks), List.copyOf(accesses), values, helpers);
    }

    private static List<Line> all(List<Line> lines, String kind) {
        return lines.stream().filter(line -> line.kind().equals(kind)).toList();
    }

    private static Line one(List<Line> lines, String kind) {
        return all(lines, kind).get(0);
    }

    private static int width(String word) {
        return WIDTHS.getOrDefault(word, 0);
    }

    /** Returns the hooks that the words name: `all`, `none`, `all but` hooks, or hooks. */
    private static List<String> named(List<String> words, List<String> hooks) {
        if (words.equals(List.of("none"))) {
            return List.of();
        }
        if (words.get(0).equals("all")) {
            return hooks.stream().filter(hook -> !words.contains(hook)).toList();
        }
        if (!hooks.containsAll(words)) {
            throw new IllegalStateException("no such hooks: " + words);
        }
        return words;
    }

    /** Returns the numbers of `8`, or every `step`th number of the range `8..27`. */
    private static List<Integer> numbers(String text, int step) {
        int dots = text.indexOf("..");
        int first = Integer.parseInt(dots < 0 ? text : text.substring(0, dots));
        int last = dots < 0 ? first : Integer.parseInt(text.substring(dots + 2));
        return IntStream.rangeClosed(first, last)
                .filter(number -> (number - first) % step == 0)
                .boxed()
                .toList();
    }
}
