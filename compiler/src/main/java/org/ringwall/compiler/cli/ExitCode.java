// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

/** The exit codes of both commands. Code 3, the host refused, is used only by the loader. */
public final class ExitCode {
    public static final int DONE = 0;
    public static final int WRONG_INPUT = 1;
    public static final int USAGE = 2;
    public static final int CHECK_FAILED = 4;

    private ExitCode() {}
}
