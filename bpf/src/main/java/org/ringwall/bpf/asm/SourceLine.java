// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

/**
 * A position in the source text of code. Both numbers count from 1; the assembler does not use
 * them.
 */
public record SourceLine(int line, int column) {
    public SourceLine {
        if (line < 1 || column < 1) {
            throw new IllegalArgumentException("line %d, column %d: both count from 1".formatted(line, column));
        }
    }
}
