// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

/** A bypass of a block as a process takes it. */
@FunctionalInterface
interface BypassDriver {
    /** Gets ready, inside the cgroup while no policy is there; what it gives is done under the policy. */
    Act prepare(Os os);

    /** The way itself; it ends normally only if what it is about really got through. */
    @FunctionalInterface
    interface Act {
        /** Takes the way. */
        void take(Os os);
    }

    /** A way that needs nothing made ready. */
    static BypassDriver at(Act act) {
        return os -> act;
    }
}
