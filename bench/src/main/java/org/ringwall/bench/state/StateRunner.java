// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.samples.Whole;
import org.ringwall.bench.verdict.ProgramStats;
import org.ringwall.bpf.kernel.Hook;

/**
 * One contestant in force that is measured repeatedly, and the times of its rounds above the
 * baseline.
 */
final class StateRunner {
    private final Side side;
    private final Whole whole;
    private final Effect effect;
    private final long begin = System.nanoTime();
    private final List<Double> net = new ArrayList<>();
    private long calls;
    private long wrong;
    private long checked;

    StateRunner(Side side, Whole whole, Effect effect) {
        this.side = side;
        this.whole = whole;
        this.effect = effect;
    }

    Side side() {
        return side;
    }

    Whole whole() {
        return whole;
    }

    Effect effect() {
        return effect;
    }

    /** Makes `count` calls and returns the nanoseconds in the program per call. */
    double nanoseconds(StateCalls calling, Hook hook, int count, long seed) {
        ProgramStats before = whole.stats(hook);
        long made = calling.run(this, count, seed);
        ProgramStats after = whole.stats(hook);
        if (after.runs() - before.runs() < made) {
            throw new IllegalStateException(
                    side.title() + " ran " + (after.runs() - before.runs()) + " times for " + made + " calls");
        }
        return (double) (after.runTimeNs() - before.runTimeNs()) / made;
    }

    /** Stores the time of one round. */
    void took(double nanoseconds) {
        net.add(nanoseconds);
    }

    /** Returns the stored times. */
    List<Double> net() {
        return net;
    }

    /** Adds to the numbers of calls, of checked results, and of wrong ones. */
    void fared(long made, long lookedAt, long otherwise) {
        calls += made;
        checked += lookedAt;
        wrong += otherwise;
    }

    long calls() {
        return calls;
    }

    long wrong() {
        return wrong;
    }

    long checked() {
        return checked;
    }

    /** Returns the seconds since it came into force. */
    double seconds() {
        return (System.nanoTime() - begin) / 1e9;
    }
}
