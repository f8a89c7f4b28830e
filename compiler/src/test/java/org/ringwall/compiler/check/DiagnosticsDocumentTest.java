package org.ringwall.compiler.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DiagnosticRenderer;
import org.ringwall.testkit.GoldenCase;

/** docs/diagnostics.md is the catalogue with an example of each code from the goldens; `-Dgolden.update=true` writes it. */
class DiagnosticsDocumentTest {
    private static final Map<Character, String> CHAPTERS = Map.of(
            '1', "Form",
            '2', "Literals",
            '3', "Names",
            '4', "Types and fields",
            '5', "Structure",
            '6', "Targets",
            '7', "Warnings");

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
            CheckGoldenTest.diagnostics(golden).forEach(found -> examples.putIfAbsent(found.code(), found));
        }
        List<String> lines = new ArrayList<>();
        lines.add("# What the compiler says");
        lines.add("");
        lines.add(
                "Every message has a code, which never changes its meaning. An `E` stops the compilation, a `W` does not. "
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
