// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DiagnosticRendererTest {
    private static Diagnostic at(String text, String word) {
        SourceFile file = new SourceFile("agent.wall", text);
        int start = text.indexOf(word);
        return Diagnostic.of(Code.UNEXPECTED, file.span(start, start + word.length()), "`x` does not belong here");
    }

    @Test
    void placesTheCaretsUnderTheWord() {
        String text = "\n".repeat(11) + "  allow if remote.port == 70000\n";
        assertThat(DiagnosticRenderer.render(at(text, "70000")
                        .label("a port is a number in 0..65535")
                        .help("write less")))
                .isEqualTo("""
                        error[E0101]: `x` does not belong here
                          --> agent.wall:12:27
                           |
                        12 |   allow if remote.port == 70000
                           |                           ^^^^^ a port is a number in 0..65535
                           = help: write less
                        """);
    }

    @Test
    void widensTabsAndCountsCodePoints() {
        assertThat(DiagnosticRenderer.render(at("\t\"😀\"\tx", "x"))).endsWith("""
                         --> agent.wall:1:6
                          |
                        1 |     "😀"    x
                          |            ^
                        """);
    }

    @Test
    void showsControlCharactersAndPointsAtThem() {
        assertThat(DiagnosticRenderer.render(at("a\u001b\u202eb", "\u202e"))).contains("1 | a\uFFFD\uFFFDb\n  |   ^\n");
    }

    @Test
    void pointsAfterTheLastCharacter() {
        SourceFile file = new SourceFile("f", "ab");
        Diagnostic end = Diagnostic.of(Code.UNEXPECTED, file.span(2, 2), "more belongs here");
        assertThat(DiagnosticRenderer.render(end)).contains("f:1:3\n").endsWith("1 | ab\n  |   ^\n");
    }

    @Test
    void pointsAtTheFirstLineOfSeveral() {
        assertThat(DiagnosticRenderer.render(at("  {\r\n  }\r\n", "{\r\n  }"))).endsWith("1 |   {\n  |   ^\n");
    }

    @Test
    void showsNotesWithAndWithoutAPlace() {
        Diagnostic first = at("a x\n\nb", "x");
        Span b = first.at().file().span(5, 6);
        assertThat(DiagnosticRenderer.render(first.note(b, "it begins here").note(Note.of("twice"))))
                .endsWith("""
                        1 | a x
                          |   ^
                        note: it begins here
                         --> agent.wall:3:1
                          |
                        3 | b
                          | ^
                          = note: twice
                        """);
    }

    @Test
    void cutsALongLineAroundItsCarets() {
        String text = "y".repeat(500) + "x" + "z".repeat(100_000);
        String[] lines = DiagnosticRenderer.render(at(text, "x")).split("\n");
        assertThat(lines[3].length()).isLessThan(140);
        assertThat(lines[3].charAt(lines[4].indexOf('^'))).isEqualTo('x');
    }

    @Test
    void separatesSeveralByAnEmptyLine() {
        Diagnostic one = at("x", "x");
        assertThat(DiagnosticRenderer.render(List.of(one, one)).split("\n\n")).hasSize(2);
    }
}
