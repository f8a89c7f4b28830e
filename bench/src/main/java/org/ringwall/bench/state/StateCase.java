// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.ringwall.bench.rules.Key;
import org.ringwall.bpf.kernel.Hook;

/**
 * Calls, and the contestants that handle them in the same way.
 *
 * @param kind the kind of the case
 * @param size the number of entries, keys or processors; 0 if it does not vary
 * @param calls the calls
 * @param atOnce the number of calls after which effects must be consumed; 0 if they need not be
 * @param effects the expected number of effects
 */
record StateCase(String kind, int size, Hook hook, List<Side> sides, Calls calls, int atOnce, Effects effects) {
    StateCase {
        sides = List.copyOf(sides);
    }

    /** Creates a case whose effects need not be consumed. */
    StateCase(String kind, int size, Hook hook, List<Side> sides, Calls calls, Effects effects) {
        this(kind, size, hook, sides, calls, 0, effects);
    }

    /** The calls of a case. */
    sealed interface Calls {}

    /**
     * One call for each key, then calls with random keys.
     *
     * @param checks the initial checks, each of which makes the call of every key in order; a check
     * returns which keys are allowed
     * @param found what is observed after the call of each key; empty if it does not matter
     */
    record Keys(List<Key> keys, List<IntPredicate> checks, List<? extends Found> found) implements Calls {
        public Keys {
            keys = List.copyOf(keys);
            checks = List.copyOf(checks);
            found = List.copyOf(found);
        }
    }

    /** An observation after a call. */
    sealed interface Found {
        /**
         * Returns whether this equals the observation; `hides` is whether a program runs at
         * getpeername.
         */
        boolean is(String said, boolean hides);
    }

    /** The text that the driver reports. */
    record Told(String text) implements Found {
        @Override
        public boolean is(String said, boolean hides) {
            return said.equals(text);
        }
    }

    /**
     * The peer of a socket, with address and port in hex.
     *
     * @param real the actual peer
     * @param requested the requested destination, which getpeername(2) returns if a contestant
     *     has a program there
     */
    record Peer(String real, String requested) implements Found {
        @Override
        public boolean is(String said, boolean hides) {
            return said.equals(real + "/" + (hides ? requested : real));
        }
    }

    /**
     * TCP connections over loopback, on this many processors concurrently.
     *
     * @param tuned what the driver reports of an initial connection; empty if it does not matter
     */
    record Connections(int processors, Optional<Told> tuned) implements Calls {}

    /** The expected number of effects. */
    interface Effects {
        /**
         * Returns how many effects are missing or surplus after `calls` calls in `seconds` seconds.
         */
        long wrong(long calls, long found, double seconds);

        /** Expects nothing. */
        static long none(long calls, long found, double seconds) {
            return 0;
        }

        /** Expects this many effects of each call. */
        static Effects each(int times) {
            return (calls, found, seconds) -> Math.abs(times * calls - found);
        }

        /**
         * Expects one effect per second and one at the start, with a tolerance of one, and at least
         * one.
         */
        static long onePerSecond(long calls, long found, double seconds) {
            return found < 1 ? 1 : Math.max(0, found - 2 - (long) seconds);
        }
    }
}
