// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import org.ringwall.compiler.report.RuleText;

/** A part of a source file: offsets in UTF-16 units, `end` exclusive; it may be empty. */
public record Span(SourceFile file, int start, int end) {
    public Span {
        if (start < 0 || end < start || end > file.text().length()) {
            throw new IllegalArgumentException("span %d..%d does not lie in a text of %d"
                    .formatted(start, end, file.text().length()));
        }
    }

    /** Returns the text that the span covers. */
    public String text() {
        return file.text().substring(start, end);
    }

    /** Returns the text and where it begins, as reports name a rule. */
    public RuleText ruleText() {
        SourceFile.Position at = position();
        return new RuleText(file.name(), at.line(), at.column(), text());
    }

    /** Returns the position at which the span begins. */
    public SourceFile.Position position() {
        return file.position(start);
    }

    /** Returns the smallest span that covers this one and another of the same file. */
    public Span to(Span other) {
        if (!file.equals(other.file)) {
            throw new IllegalArgumentException("spans of `%s` and `%s` do not join".formatted(file, other.file));
        }
        return new Span(file, Math.min(start, other.start), Math.max(end, other.end));
    }

    /** Returns the empty span immediately after this one. */
    public Span after() {
        return new Span(file, end, end);
    }

    /** Returns `name:line:column`. */
    @Override
    public String toString() {
        SourceFile.Position at = position();
        return file.name() + ":" + at.line() + ":" + at.column();
    }
}
