// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.report.Diagnostic.Severity;

class SourceFileTest {
    @Test
    void countsLinesAndCodePointsFromOne() {
        SourceFile file = new SourceFile("f", "a😀b\r\n\nx");
        assertThat(file.position(0)).isEqualTo(new SourceFile.Position(1, 1));
        assertThat(file.position(3)).isEqualTo(new SourceFile.Position(1, 3));
        assertThat(file.position(6)).isEqualTo(new SourceFile.Position(2, 1));
        assertThat(file.position(8)).isEqualTo(new SourceFile.Position(3, 2));
        assertThat(file.line(1)).isEqualTo("a😀b");
        assertThat(file.line(2)).isEmpty();
        assertThat(file.line(3)).isEqualTo("x");
        assertThat(file.lineCount()).isEqualTo(3);
    }

    @Test
    void refusesSpansOutsideOfTheText() {
        SourceFile file = new SourceFile("f", "abc");
        assertThatThrownBy(() -> file.span(2, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> file.span(2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> file.position(4)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void joinsSpans() {
        SourceFile file = new SourceFile("f", "one two three");
        assertThat(file.span(8, 13).to(file.span(0, 3)).text()).isEqualTo("one two three");
        assertThatThrownBy(() -> file.span(0, 1).to(new SourceFile("g", "x").span(0, 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void suggestsTheNearestWord() {
        List<String> known = List.of("allow", "deny", "default");
        assertThat(DidYouMean.nearest("alow", known)).contains("allow");
        assertThat(DidYouMean.nearest("alolw", known)).contains("allow");
        assertThat(DidYouMean.nearest("DENY", known)).contains("deny");
        assertThat(DidYouMean.nearest("xyzzy", known)).isEmpty();
        assertThat(DidYouMean.nearest("d", List.of("p"))).isEmpty();
        assertThat(DidYouMean.help("dney", known)).contains("did you mean `deny`?");
    }

    @Test
    void numbersEveryCodeOnceAndByItsGroup() {
        List<String> ids = Arrays.stream(Code.values()).map(Code::id).toList();
        assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("E0[1-68]\\d\\d|W07\\d\\d"));
        assertThat(Code.UNEXPECTED.severity()).isEqualTo(Severity.ERROR);
    }
}
