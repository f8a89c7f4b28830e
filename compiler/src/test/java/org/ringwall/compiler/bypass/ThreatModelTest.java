// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.policy.Block;
import org.ringwall.testkit.GoldenCase;

/** Tests that docs/threat-model.md ends with the catalogue; `-Dgolden.update=true` writes it. */
class ThreatModelTest {
    private static final String MARK = "This part is made from `compiler.bypass`.\n";

    @Test
    void agreesWithTheCatalogue() throws IOException {
        Path file = GoldenCase.projectRoot().resolve("docs/threat-model.md");
        String text = Files.readString(file);
        String document = text.substring(0, text.indexOf(MARK) + MARK.length()) + catalogue();
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, document);
        }
        assertThat(Files.readString(file)).isEqualTo(document);
    }

    private static String catalogue() {
        Map<List<Block.Target>, List<Bypass>> groups = new LinkedHashMap<>();
        Catalogue.bypasses()
                .forEach(bypass -> groups.computeIfAbsent(bypass.around(), g -> new ArrayList<>())
                        .add(bypass));
        List<String> lines = new ArrayList<>();
        groups.forEach((around, bypasses) -> {
            lines.add("");
            lines.add("### Bypasses of "
                    + around.stream().map(block -> "`" + block.text() + "`").collect(Collectors.joining(", ")));
            lines.add("");
            lines.add("| bypass | the process | lets through | kernels | what closes it |");
            lines.add("|---|---|---|---|---|");
            bypasses.forEach(bypass -> lines.add(String.join(
                    " | ",
                    "| " + bypass.id(),
                    bypass.what(),
                    bypass.lets(),
                    bypass.kernels(),
                    words(bypass.remedy()) + " |")));
        });
        return String.join("\n", lines) + "\n";
    }

    private static String words(Remedy remedy) {
        return switch (remedy.closing()) {
            case CONSTRUCTION -> "the block itself";
            case POLICY -> "`" + remedy.words() + "`";
            case ELSEWHERE -> "outside: " + remedy.words();
        };
    }
}
