// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.Optional;

/**
 * A run that continues by one instruction at a time, so that several on the same maps may alternate
 * like CPUs. A run that needs a lock held by another one waits until that one releases it.
 */
public final class Run {
    private final Execution execution;

    Run(Execution execution) {
        this.execution = execution;
    }

    /** The result of a step. */
    public enum Step {
        /** An instruction ran. */
        RAN,
        /** No instruction ran: another run holds the required lock. */
        WAITS,
        /** The run has ended, with this step or before. */
        ENDED
    }

    /** Runs one instruction, unless the run has ended or waits. */
    public Step step() {
        return execution.step();
    }

    /** Returns the slot of the next instruction, or of the last one. */
    public int slot() {
        return execution.slot();
    }

    /** Returns the outcome; empty before the end. */
    public Optional<Outcome> outcome() {
        return execution.outcome();
    }

    /** Runs to the end. Waiting for a lock is a trap, because no other run continues meanwhile. */
    public Outcome finish() {
        return execution.run();
    }
}
