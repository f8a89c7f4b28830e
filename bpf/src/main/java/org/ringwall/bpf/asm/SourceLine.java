package org.ringwall.bpf.asm;

/** A position in the text that code was made from; both count from 1, and the assembler never looks at them. */
public record SourceLine(int line, int column) {
    public SourceLine {
        if (line < 1 || column < 1) {
            throw new IllegalArgumentException("line %d, column %d: both count from 1".formatted(line, column));
        }
    }
}
