// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

/**
 * Sizes of tests that repeat the same check on random input: a small one in every build, and with
 * `-Dringwall.soak=true`, as before a release, a large one.
 */
public final class Soak {
    private static final boolean ON = Boolean.getBoolean("ringwall.soak");

    private Soak() {}

    /** Returns the size for this run. */
    public static int size(int everyBuild, int soak) {
        return ON ? soak : everyBuild;
    }
}
