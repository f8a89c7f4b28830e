// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

/** A bypass as a process performs it. */
@FunctionalInterface
interface BypassDriver {
    /**
     * Prepares the bypass inside the cgroup, without a policy. The returned act runs under the
     * policy.
     */
    Act prepare(Os os);

    /** The bypass itself. It ends normally only if what it is about really got through. */
    @FunctionalInterface
    interface Act {
        /** Performs the bypass. */
        void take(Os os);
    }

    /** Returns a driver that needs no preparation. */
    static BypassDriver at(Act act) {
        return os -> act;
    }
}
