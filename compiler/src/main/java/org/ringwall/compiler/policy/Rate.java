// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.Map;
import java.util.TreeMap;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.source.Span;

/**
 * Token buckets (docs/semantics.md section 12).
 *
 * @param pace the rate at which a bucket fills, and its size
 * @param max the maximum number of keys; 1 without a key
 */
public record Rate(String name, Key key, Pace pace, int max, Span span) {
    /**
     * The rate of tokens.
     *
     * @param interval ns between tokens
     * @param burst the number of tokens in a full bucket
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

        /**
         * Returns the pace of this many tokens per period in ns. The interval is rounded up, so
         * that there are never more.
         */
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

        /** Returns the ns in which an empty bucket fills up. */
        public long depth() {
            return interval * burst;
        }
    }

    /** Returns the layout of its map. */
    public RateLayout layout() {
        return new RateLayout(name, key.layout(StateNames.rate(name)), pace.interval(), pace.burst(), max);
    }
}
