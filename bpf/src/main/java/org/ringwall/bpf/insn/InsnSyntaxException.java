package org.ringwall.bpf.insn;

/** Text that is no instruction in the log notation, at a line and a column that count from 1. */
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

    /** The line, from 1. */
    public int line() {
        return line;
    }

    /** The column, from 1. */
    public int column() {
        return column;
    }

    /** What is wrong there, without the place. */
    public String problem() {
        return problem;
    }
}
