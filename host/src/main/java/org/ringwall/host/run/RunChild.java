// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.run;

import java.util.Set;
import org.ringwall.sys.Signals;

/** The command of `run`, while it runs. */
interface RunChild extends AutoCloseable {
    /** The signals that prevent the start of the command if they come before it. */
    Set<Integer> ENDING = Set.of(Signals.HUP, Signals.INT, Signals.TERM);

    /**
     * Waits until the command has ended. Returns its exit code, or 128 plus the number of the
     * signal that ended it. Called once.
     */
    int await();

    /** Passes on a signal that this process has received. Called by any thread. */
    void signal(int signal);

    /** Restores the terminal and releases everything. Called when all processes have ended. */
    @Override
    void close();
}
