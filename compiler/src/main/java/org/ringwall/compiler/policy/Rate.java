package org.ringwall.compiler.policy;

import java.util.Map;
import java.util.TreeMap;
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
        private static final Map<String, Long> UNITS = new TreeMap<>(
                        Map.of("s", 1_000_000_000L, "m", 60_000_000_000L, "h", 3_600_000_000_000L))
                .descendingMap();

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

        /** Returns the pace as the language writes it, such as `10/s`, or in ns if no unit fits. */
        String text() {
            for (Map.Entry<String, Long> unit : UNITS.entrySet()) {
                boolean fits = burst <= unit.getValue() && of(burst, unit.getValue(), burst).interval == interval;
                if (fits) {
                    return burst + "/" + unit.getKey();
                }
            }
            return burst + " in " + depth() + " ns";
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
