package org.ringwall.bench.state;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.bench.samples.Whole;
import org.ringwall.bench.verdict.ProgramStats;
import org.ringwall.bpf.kernel.Hook;

/** One contestant in force that is called again and again; what it took net of the floor is collected here. */
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

    /** Nanoseconds in the program for each of this many calls. */
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

    /** Keeps what one round took. */
    void took(double nanoseconds) {
        net.add(nanoseconds);
    }

    /** What was kept. */
    List<Double> net() {
        return net;
    }

    /** Keeps how calls fared: how many there were, and of how many that were looked at some were wrong. */
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

    /** Since it came into force. */
    double seconds() {
        return (System.nanoTime() - begin) / 1e9;
    }
}
