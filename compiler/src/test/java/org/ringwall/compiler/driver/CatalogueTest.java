package org.ringwall.compiler.driver;

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
            "A jump reaches 32,767 slots, but on targets from 6.6 on, which have a longer one. The kernel puts several slots in place of an access to the context or a lookup in a map, and refuses a program whose jumps then no longer reach, so those count for as many as they may become. Rules that ask for names or live sets beside thousands of other"
                    + " values may need more; all others are put together as bits (lowering.md), and do not. The message names the hook; use fewer or"
                    + " broader rules, or split the policy into two.",
            Code.DATA_TOO_LARGE,
            "Tables of sets lie in sections of at most 4 MiB, and there may be many; what one section cannot hold on the oldest target is named with its"
                    + " size and the target's limit. Name a newer target, or use broader elements.",
            Code.DIAGRAM_TOO_LARGE,
            "Ranges of several fields lie across each other, and rules ask for names, live sets or params too, so that they cannot be put together as bits"
                    + " (lowering.md). The message names the hook, the fields and how many ranges each has, and its notes the rules that lie across the most"
                    + " of them: there the least change helps most.",
            Code.NOT_TEXT,
            "The message says which byte of the file is none, and where it is. Save the file as UTF-8.",
            Code.FILE_TOO_LARGE,
            "The message says how many bytes the file has and how many it may have. Join neighbouring prefixes, or split the policy.",
            Code.INCLUDE_DEPTH,
            "Include the files from the policy itself.");

    private static final Map<Character, String> CHAPTERS = Map.of(
            '1', "Form",
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
    void saysWhatOnlyTheWholeCompilerSees(GoldenCase golden) {
        golden.check(section -> DiagnosticRenderer.render(diagnostics(golden)));
    }

    @Test
    void everyCodeStandsInAGolden() {
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
        lines.add("# What the compiler says");
        lines.add("");
        lines.add(
                "Every message has a code, which never changes its meaning. An `E` stops the compilation, a `W` does not. `ringwallc` prints 100 of them at most, errors first, and how many more there are. "
                        + "The examples are what the compiler prints; this page is made from its tests.");
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
