// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.compiler.pipeline.CompileResult;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;

/** Comments that accept warnings. */
class SuppressionsTest {
    private static List<String> codes(String text) {
        CompileResult result = Compiler.compile(
                new SourceFile("a.wall", text), new Settings(List.of(), ByteOrder.LITTLE_ENDIAN, Map.of()));
        return result.diagnostics().stream()
                .map(diagnostic -> diagnostic.code().id() + " line "
                        + diagnostic.at().position().line())
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "set A = { 80, 80 }",
                "set A = { 80, 80 } // allow W0705",
                "set A = { 80, 80 } // Allow W0704",
                "set A = { 80, 80 } // allow W0704 and more",
                "set A = { 80, 80 } // see: allow W0704"
            })
    void keepsAWarningThatNoCommentNames(String line) {
        assertThat(codes("policy p\n" + line + "\negress { allow if remote.port in A; default deny }"))
                .contains("W0704 line 2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "set A = { 80, 80 } // allow W0704",
                "set A = { 80, 80 } //allow W0704: two teams own the numbers",
                "set A = { 80, 80 }// allow W0704 : two teams own the numbers",
            })
    void aCommentAtTheEndAcceptsTheWarningOfItsLine(String line) {
        assertThat(codes("policy p\n" + line + "\negress { allow if remote.port in A; default deny }"))
                .isEmpty();
    }

    @Test
    void aCommentOnItsOwnLineAppliesToTheNextLine() {
        assertThat(codes("""
                policy p
                // allow W0703, W0704: for later
                // and a remark between

                set A = { 80, 80 }
                egress { default deny }
                """)).isEmpty();
    }

    @Test
    void aCommentThatAcceptsNothingIsAWarning() {
        assertThat(codes("""
                policy p // allow W0704
                // allow E0301: no
                // allow W9999
                egress { default deny } // allow W0711
                // allow W0703"""))
                .containsExactly("W0711 line 1", "W0711 line 2", "W0711 line 3", "W0711 line 4", "W0711 line 5");
    }

    @Test
    void ignoresACommentInAString() {
        assertThat(codes("""
                policy p
                set A = { "// allow W0704", "// allow W0704" }
                egress { allow if comm in A; default deny }
                """)).containsExactly("W0704 line 2");
    }

    @Test
    void errorsAreNotAccepted() {
        assertThat(codes("policy p\negress { allow if nothing == 1; default deny } // allow E0308: yes"))
                .containsExactly("E0308 line 2");
    }
}
