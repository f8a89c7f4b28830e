// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A test that every file and section to which the documents link exists. */
final class LinksTest {
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]+))?\\)");
    private static final Pattern PLACE =
            Pattern.compile("(?<![\\w/(\\[])((?:docs|samples|testdata|bin|config)/[\\w./-]*\\w)");
    private static final Pattern SECTION =
            Pattern.compile("(docs/[\\w-]+\\.md)[)`]* (?:section|sections) (\\d+)(?:(?:,| and| to) (\\d+))?");

    static List<Document> pages() {
        return Document.all();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyLinkTargetExists(Document page) {
        LINK.matcher(page.prose()).results().forEach(link -> {
            String target = link.group(1);
            if (target.startsWith("http")) {
                return;
            }
            Path file = target.isEmpty() ? page.file() : page.file().resolveSibling(target);
            assertThat(file).as("%s links to it", page).exists();
            if (link.group(2) != null) {
                assertThat(Document.of(Document.root()
                                        .relativize(file.normalize())
                                        .toString())
                                .anchors())
                        .contains(link.group(2));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyPathThatAPageNamesExists(Document page) {
        PLACE.matcher(page.prose()).results().map(place -> place.group(1)).forEach(place -> {
            boolean pattern = place.contains("STAGE") || place.startsWith("samples/target/");
            assertThat(pattern || Files.exists(Document.root().resolve(place)))
                    .as("%s names %s", page, place)
                    .isTrue();
        });
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyNumberedSectionThatAPageNamesExists(Document page) {
        SECTION.matcher(page.prose()).results().forEach(named -> {
            List<String> headings = Document.of(named.group(1)).headings();
            for (int group = 2; group <= 3; group++) {
                if (named.group(group) != null) {
                    String number = named.group(group) + ". ";
                    assertThat(headings)
                            .as("%s names %s", page, named.group())
                            .anyMatch(heading -> heading.startsWith(number));
                }
            }
        });
    }

    @Test
    void findsLinksPathsAndSections() {
        String readme = Document.of("README.md").prose();
        String architecture = Document.of("ARCHITECTURE.md").prose();
        assertThat(LINK.matcher(readme).results().count()).isGreaterThan(5);
        assertThat(PLACE.matcher(architecture).results().count()).isGreaterThan(2);
        assertThat(SECTION.matcher(architecture).results().count()).isPositive();
    }
}
