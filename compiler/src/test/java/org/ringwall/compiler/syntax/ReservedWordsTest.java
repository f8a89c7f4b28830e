// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.ringwall.testkit.GoldenCase;

class ReservedWordsTest {
    @Test
    void languageReferenceListsThemAll() throws IOException {
        String page = Files.readString(GoldenCase.projectRoot().resolve("docs/language.md"));
        String list = page.substring(page.indexOf("## Words kept for later"));
        Set<String> listed = Pattern.compile("`(\\w+)`")
                .matcher(list)
                .results()
                .map(word -> word.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(listed).isEqualTo(new TreeSet<>(Words.RESERVED.keySet()));
    }
}
