// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.files.CaseFiles;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.testkit.GoldenCase;

/**
 * Every code has an example in the golden cases, and docs/diagnostics.md is the catalogue with the
 * first example of each. `-Dgolden.update=true` writes the page.
 */
class CatalogueTest {
    /**
     * Descriptions of codes whose shortest examples are thousands of lines, many files, or bytes
     * that are not text.
     */
    private static final Map<Code, String> WITHOUT_EXAMPLE = Map.of(
            Code.CODE_TOO_LARGE,
            "Before kernel 6.6, a jump can skip at most 32,767 instruction slots. The kernel replaces each context access and map lookup by several"
                    + " slots, and rejects a program if a jump can then no longer reach its target; the compiler therefore counts the largest"
                    + " replacement. Only policies that combine names or live sets with thousands of other values get this large (see"
                    + " lowering.md). The message names the hook. Use fewer or broader rules, or split the policy into two.",
            Code.DATA_TOO_LARGE,
            "The tables of sets are stored in data sections of at most 4 MiB each. The message gives the size of the table that the oldest target"
                    + " cannot hold, and the target's limit. Use a newer target, or fewer or broader elements.",
            Code.DIAGRAM_TOO_LARGE,
            "More than 512 rules combine overlapping ranges of several fields, and they also test names, live sets or params, so that the compiler can"
                    + " use neither bit vectors for them nor test them in turn (see lowering.md). The message gives the hook, the fields and the number of ranges of each. Its notes give the"
                    + " rules that overlap the most ranges: change these first.",
            Code.NOT_TEXT,
            "The message gives the first byte that is not UTF-8, and its offset. Save the file as UTF-8.",
            Code.FILE_TOO_LARGE,
            "The message gives the size of the file and the limit. Merge adjacent prefixes, or split the policy.",
            Code.INCLUDE_DEPTH,
            "Include the files directly from the policy.");

    private static final Map<Character, String> CHAPTERS = Map.of(
            '1', "Syntax",
            '2', "Literals",
            '3', "Names",
            '4', "Types and fields",
            '5', "Structure",
            '6', "Targets",
            '7', "Warnings",
            '8', "Files");

    static Stream<GoldenCase> mistakes() {
        return GoldenCase.in("diagnostics").stream();
    }

    static Stream<GoldenCase> warningsOfTheWhole() {
        return mistakes().filter(golden -> golden.toString().startsWith("whole-"));
    }

    /** Returns the diagnostics of all compiler stages for the source of a case. */
    private static List<Diagnostic> diagnostics(GoldenCase golden) {
        List<KernelVersion> targets = Arrays.stream(
                        golden.sections().getOrDefault("targets", "").split("\\s+"))
                .filter(text -> !text.isEmpty())
                .map(text -> KernelVersion.parse(text).orElseThrow())
                .toList();
        SourceFile source = new SourceFile("agent.wall", golden.section("source"));
        Settings settings = new Settings(targets, ByteOrder.LITTLE_ENDIAN, Map.of());
        return CaseFiles.with(
                golden, files -> Compiler.compile(source, files, settings).diagnostics());
    }

    @ParameterizedTest
    @MethodSource("warningsOfTheWhole")
    void reportsWarningsOfTheWholeCompiler(GoldenCase golden) {
        golden.check(section -> DiagnosticRenderer.render(diagnostics(golden)));
    }

    @Test
    void everyCodeHasAGoldenCase() {
        Set<Code> missing = EnumSet.allOf(Code.class);
        mistakes().forEach(golden -> diagnostics(golden).forEach(found -> missing.remove(found.code())));
        assertThat(missing).isEqualTo(WITHOUT_EXAMPLE.keySet());
    }

    @Test
    void numbersEveryCodeOnceAndInOrder() {
        List<String> ids = Arrays.stream(Code.values()).map(Code::id).toList();
        assertThat(ids).doesNotHaveDuplicates().isSortedAccordingTo(Comparator.comparing(id -> id.substring(1)));
    }

    @Test
    void agreesWithTheCatalogueAndTheGoldens() throws IOException {
        Path file = GoldenCase.projectRoot().resolve("docs/diagnostics.md");
        String document = document();
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, document);
        }
        assertThat(Files.readString(file)).isEqualTo(document);
    }

    private static String document() {
        Map<Code, Diagnostic> examples = new EnumMap<>(Code.class);
        for (GoldenCase golden : GoldenCase.in("diagnostics")) {
            diagnostics(golden).forEach(found -> examples.putIfAbsent(found.code(), found));
        }
        List<String> lines = new ArrayList<>();
        lines.add("# Diagnostics");
        lines.add("");
        lines.add(
                "Look up a message of `ringwallc` here by its code. Codes never change their meaning. An `E` is an error and stops the compilation; a `W` is a"
                        + " warning and does not. `ringwallc` prints at most 100 messages, errors first, and the number of those that it left out."
                        + " The examples are output of the compiler; this page is generated from its tests.");
        char chapter = '0';
        for (Code code : Code.values()) {
            if (code.id().charAt(2) != chapter) {
                chapter = code.id().charAt(2);
                lines.add("");
                lines.add("## " + Optional.ofNullable(CHAPTERS.get(chapter)).orElseThrow());
            }
            lines.add("");
            lines.add("### %s: %s".formatted(code.id(), code.title()));
            Optional.ofNullable(WITHOUT_EXAMPLE.get(code)).ifPresent(text -> {
                lines.add("");
                lines.add(text);
            });
            Optional.ofNullable(examples.get(code)).ifPresent(example -> {
                lines.add("");
                lines.add("```text");
                lines.add(DiagnosticRenderer.render(example).stripTrailing());
                lines.add("```");
            });
        }
        return String.join("\n", lines) + "\n";
    }
}
