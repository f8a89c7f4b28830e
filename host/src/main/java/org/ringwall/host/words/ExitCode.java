// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.words;

import org.ringwall.loader.model.Failure;

/** The exit codes, as documented for users. */
public final class ExitCode {
    public static final int DONE = 0;
    public static final int INPUT = 1;
    public static final int USAGE = 2;
    public static final int REFUSED = 3;

    /** {@code status --check}: a policy is not enforced, or not everywhere. */
    public static final int NOT_ENFORCED = 4;

    /** {@code sync}: policies would end at more places than they may. */
    public static final int TOO_MANY = 5;

    /** {@code run} itself failed: the first of the codes that container tools reserve for this. */
    public static final int RUN_FAILED = 125;

    private ExitCode() {}

    /** Returns the code of a command that fails. */
    public static int of(Failure failure) {
        return failure.kind() == Failure.Kind.INPUT ? INPUT : REFUSED;
    }
}
