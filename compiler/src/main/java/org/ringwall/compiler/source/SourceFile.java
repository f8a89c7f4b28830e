package org.ringwall.compiler.source;

import java.util.Arrays;

/** One policy text under the name that messages call it by; it turns offsets (UTF-16 units) into lines and columns. */
public final class SourceFile {
    private final String name;
    private final String text;
    private final int[] lineStarts;

    /** A text and the name that messages call it by. */
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

    /** The name that messages call it by. */
    public String name() {
        return name;
    }

    /** The whole text. */
    public String text() {
        return text;
    }

    /** How many lines the text has; an empty text has one. */
    public int lineCount() {
        return lineStarts.length;
    }

    /** The line and column of an offset from 0 to the text's length. */
    public Position position(int offset) {
        if (offset < 0 || offset > text.length()) {
            throw new IllegalArgumentException("offset %d is outside 0..%d".formatted(offset, text.length()));
        }
        int found = Arrays.binarySearch(lineStarts, offset);
        int line = found >= 0 ? found : -found - 2;
        return new Position(line + 1, text.codePointCount(lineStarts[line], offset) + 1);
    }

    /** The offset of the first character of a line, counted from 1. */
    public int lineStart(int line) {
        if (line < 1 || line > lineStarts.length) {
            throw new IllegalArgumentException("line %d is outside 1..%d".formatted(line, lineStarts.length));
        }
        return lineStarts[line - 1];
    }

    /** The text of a line, counted from 1, without its line end. */
    public String line(int line) {
        int start = lineStart(line);
        int end = line < lineStarts.length ? lineStarts[line] - 1 : text.length();
        if (end > start && text.charAt(end - 1) == '\r') {
            end--;
        }
        return text.substring(start, end);
    }

    /** A span of this file; `end` is exclusive. */
    public Span span(int start, int end) {
        return new Span(this, start, end);
    }

    /** Two files are equal when they have the same name and the same text. */
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

    /** A line and a column, both from 1; columns count code points, and a tab is one. */
    public record Position(int line, int column) {}
}
