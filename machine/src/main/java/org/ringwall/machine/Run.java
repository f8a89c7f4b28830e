package org.ringwall.machine;

import java.util.Optional;

/**
 * A run that goes on by one instruction at a time, so that several on the same maps may take turns as CPUs do. A run that
 * wants a lock that another one holds waits until that one has given it back.
 */
public final class Run {
    private final Execution execution;

    Run(Execution execution) {
        this.execution = execution;
    }

    /** What a step came to. */
    public enum Step {
        /** An instruction ran. */
        RAN,
        /** None did: another run holds the lock that this one wants. */
        WAITS,
        /** The run has ended, with this step or before. */
        ENDED
    }

    /** Runs one instruction, if the run has not ended and does not wait. */
    public Step step() {
        return execution.step();
    }

    /** The slot of the instruction that comes next, or of the last one. */
    public int slot() {
        return execution.slot();
    }

    /** How the run ended, once it has. */
    public Optional<Outcome> outcome() {
        return execution.outcome();
    }

    /** Goes on to the end; waiting for a lock is a trap, for nobody else goes on meanwhile. */
    public Outcome finish() {
        return execution.run();
    }
}
