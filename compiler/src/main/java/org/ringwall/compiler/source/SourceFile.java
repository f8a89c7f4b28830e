// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.source;

import java.util.Arrays;

/**
 * A policy text with its name for messages. It maps offsets (UTF-16 units) to lines and columns.
 */
public final class SourceFile {
    private final String name;
    private final String text;
    private final int[] lineStarts;

    /** Creates a file from its name for messages and its text. */
    public SourceFile(String name, String text) {
        this.name = name;
        this.text = text;
        this.lineStarts = lineStarts(text);
    }

    private static int[] lineStarts(String text) {
        int[] starts = new int[16];
        int count = 1;
        for (int at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, count * 2);
            }
            starts[count++] = at + 1;
        }
        return Arrays.copyOf(starts, count);
    }

    /** Returns the name for messages. */
    public String name() {
        return name;
    }

    /** Returns the whole text. */
    public String text() {
        return text;
    }

    /** Returns the number of lines; an empty text has one. */
    public int lineCount() {
        return lineStarts.length;
    }

    /** Returns the line and column of an offset from 0 to the text's length. */
    public Position position(int offset) {
        if (offset < 0 || offset > text.length()) {
            throw new IllegalArgumentException("offset %d is outside 0..%d".formatted(offset, text.length()));
        }
        int found = Arrays.binarySearch(lineStarts, offset);
        int line = found >= 0 ? found : -found - 2;
        return new Position(line + 1, text.codePointCount(lineStarts[line], offset) + 1);
    }

    /** Returns the offset of the first character of a line, counted from 1. */
    public int lineStart(int line) {
        if (line < 1 || line > lineStarts.length) {
            throw new IllegalArgumentException("line %d is outside 1..%d".formatted(line, lineStarts.length));
        }
        return lineStarts[line - 1];
    }

    /** Returns the text of a line, counted from 1, without its line end. */
    public String line(int line) {
        int start = lineStart(line);
        int end = line < lineStarts.length ? lineStarts[line] - 1 : text.length();
        if (end > start && text.charAt(end - 1) == '\r') {
            end--;
        }
        return text.substring(start, end);
    }

    /** Returns a span of this file; `end` is exclusive. */
    public Span span(int start, int end) {
        return new Span(this, start, end);
    }

    /** Returns whether the other file has the same name and the same text. */
    @Override
    public boolean equals(Object other) {
        return other instanceof SourceFile file && name.equals(file.name) && text.equals(file.text);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + text.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }

    /** A line and a column, both from 1. Columns count code points; a tab is one. */
    public record Position(int line, int column) {}
}
