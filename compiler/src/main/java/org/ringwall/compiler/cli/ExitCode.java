package org.ringwall.compiler.cli;

/** Exit codes of both commands; 3, the host refused, is the loader's alone. */
final class ExitCode {
    static final int DONE = 0;
    static final int WRONG_INPUT = 1;
    static final int USAGE = 2;
    static final int CHECK_FAILED = 4;

    private ExitCode() {}
}
