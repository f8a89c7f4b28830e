// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

/**
 * A policy in force whose instance this process holds the lock of, which shows others that its
 * owner is alive: no other process changes or removes it until this is closed.
 */
public interface HeldPolicy extends AutoCloseable {
    /** Returns the result of putting it in force. */
    ApplyResult result();

    /** Takes the instance out of force everywhere, and removes its state. */
    void remove();

    /** Lets go of the lock. The policy stays in force unless it was removed. */
    @Override
    void close();
}
