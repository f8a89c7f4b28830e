package org.ringwall.compiler.policy;

import org.ringwall.bpf.state.RateLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.source.Span;

/**
 * Buckets of tokens (docs/semantics.md section 12).
 *
 * @param pace how fast a bucket fills, and how far
 * @param max how many keys there may be; 1 without a key
 */
public record Rate(String name, Key key, Pace pace, int max, Span span) {
    /**
     * How fast tokens come.
     *
     * @param interval ns from one token to the next
     * @param burst tokens of a full bucket
     */
    public record Pace(long interval, long burst) {
        public Pace {
            boolean fits = interval > 0 && burst > 0 && burst <= RateLayout.MOST_NS / interval;
            if (!fits) {
                throw new IllegalArgumentException(burst + " tokens, one in " + interval + " ns");
            }
        }

        /** So many tokens in so many ns: the interval is rounded up, so that there are never more. */
        public static Pace of(long tokens, long period, long burst) {
            return new Pace((period + tokens - 1) / tokens, burst);
        }

        /** ns in which an empty bucket becomes full. */
        public long depth() {
            return interval * burst;
        }
    }

    /** How it lies in its map. */
    public RateLayout layout() {
        return new RateLayout(name, key.layout(StateNames.rate(name)), pace.interval(), pace.burst(), max);
    }
}
