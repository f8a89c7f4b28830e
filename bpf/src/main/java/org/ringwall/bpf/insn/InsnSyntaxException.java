// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

/**
 * Thrown for text that is not an instruction in the log notation, at a line and a column counted
 * from 1.
 */
public final class InsnSyntaxException extends Exception {
    private static final long serialVersionUID = 1;

    private final int line;
    private final int column;
    private final String problem;

    InsnSyntaxException(int line, int column, String problem) {
        super(line + ":" + column + ": " + problem);
        this.line = line;
        this.column = column;
        this.problem = problem;
    }

    /** Returns the line, from 1. */
    public int line() {
        return line;
    }

    /** Returns the column, from 1. */
    public int column() {
        return column;
    }

    /** Returns the problem, without the position. */
    public String problem() {
        return problem;
    }
}
