// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;

/**
 * A conversion from ANTLR's positions, which count code points, to spans, which count UTF-16 units.
 */
final class Places {
    private final SourceFile file;
    private final int[] offsets;

    Places(SourceFile file) {
        this.file = file;
        this.offsets = offsets(file.text());
    }

    /**
     * Returns the offset of each code point and of the end; empty if all are equal to their
     * indices.
     */
    private static int[] offsets(String text) {
        int points = text.codePointCount(0, text.length());
        if (points == text.length()) {
            return new int[0];
        }
        int[] offsets = new int[points + 1];
        int at = 0;
        for (int point = 0; point < points; point++) {
            offsets[point] = at;
            at = text.offsetByCodePoints(at, 1);
        }
        offsets[points] = at;
        return offsets;
    }

    private int offset(int point) {
        return offsets.length == 0 ? point : offsets[point];
    }

    /** Returns the span of a token; for the end of the text it is empty. */
    Span of(Token token) {
        if (token.getType() == Token.EOF) {
            int end = file.text().length();
            return file.span(end, end);
        }
        return between(token, token);
    }

    /** Returns the span from the first character of one token to the last of another. */
    Span between(Token first, Token last) {
        int start = offset(first.getStartIndex());
        return file.span(start, Math.max(start, offset(last.getStopIndex() + 1)));
    }

    Span of(ParserRuleContext form) {
        return between(form.getStart(), form.getStop());
    }

    /** Returns the span of a part of a token, in UTF-16 units from its start. */
    Span part(Token token, int from, int to) {
        Span whole = of(token);
        return file.span(whole.start() + from, whole.start() + to);
    }

    SourceFile file() {
        return file;
    }
}
