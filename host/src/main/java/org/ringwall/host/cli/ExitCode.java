// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import org.ringwall.loader.apply.Failure;

/** The exit codes, as documented for users. */
final class ExitCode {
    static final int DONE = 0;
    static final int INPUT = 1;
    static final int USAGE = 2;
    static final int REFUSED = 3;

    /** {@code status --check}: a policy is not enforced, or not everywhere. */
    static final int NOT_ENFORCED = 4;

    /** {@code sync}: policies would end at more places than they may. */
    static final int TOO_MANY = 5;

    /** {@code run} itself failed: the first of the codes that container tools reserve for this. */
    static final int RUN_FAILED = 125;

    private ExitCode() {}

    /** Returns the code of a failure. */
    static int of(Failure.Kind kind) {
        return switch (kind) {
            case INPUT -> INPUT;
            case REFUSED, BUG -> REFUSED;
        };
    }
}
