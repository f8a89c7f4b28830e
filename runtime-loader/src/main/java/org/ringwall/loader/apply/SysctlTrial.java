// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

/**
 * A test of whether this kernel writes the value that a program assigns to a sysctl, or loses it
 * and writes the caller's.
 */
@FunctionalInterface
public interface SysctlTrial {
    /** The result of a trial. */
    enum Outcome {
        KEPT,
        FORGOTTEN,
        /** The trial could not be made here. */
        UNKNOWN
    }

    /** Runs the trial, and leaves nothing behind. */
    Outcome run();
}
