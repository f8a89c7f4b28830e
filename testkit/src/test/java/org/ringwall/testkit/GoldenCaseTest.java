// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenCaseTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void readsTheClaimAndTheSections() throws IOException {
        GoldenCase golden = golden("SOURCE");
        assertThat(golden.claim()).isEqualTo("letters grow");
        assertThat(golden.section("source")).isEqualTo("source\n");
        assertThatThrownBy(() -> golden.section("none")).hasMessageContaining("no section `none`");
    }

    @Test
    void passesIfThePrintedFormIsAsExpected() throws IOException {
        GoldenCase golden = golden("SOURCE");
        golden.check(name -> golden.section("source").toUpperCase(Locale.ROOT));
    }

    @Test
    void failsWithBothTextsOnAMismatch() throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            return;
        }
        GoldenCase golden = golden("SAUCE");
        assertThatThrownBy(() -> golden.check(name -> "SOURCE"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("SAUCE")
                .hasMessageContaining("SOURCE");
    }

    private GoldenCase golden(String expected) throws IOException {
        Path file = folder.resolve("letters.case");
        Files.writeString(file, "letters grow\n\n=== source\nsource\n\n=== big\n" + expected + "\n");
        return GoldenCase.read(file);
    }
}
