package org.ringwall.bench.state;

import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.ringwall.bench.rules.Key;
import org.ringwall.bpf.kernel.Hook;

/**
 * Calls, and all who do the same with them.
 *
 * @param kind what is done
 * @param size how many entries, keys or processors; 0 where nothing of the kind varies
 * @param calls the calls
 * @param atOnce how many calls are made before somebody takes their effects out; 0 where nobody has to
 * @param effects how many effects there must be
 */
record StateCase(String kind, int size, Hook hook, List<Side> sides, Calls calls, int atOnce, Effects effects) {
    StateCase {
        sides = List.copyOf(sides);
    }

    /** The same without anybody who has to take effects out. */
    StateCase(String kind, int size, Hook hook, List<Side> sides, Calls calls, Effects effects) {
        this(kind, size, hook, sides, calls, 0, effects);
    }

    /** What is called. */
    sealed interface Calls {}

    /**
     * A call for each key, then keys that are drawn anew.
     *
     * @param checks that precede everything: each makes the call of every key in turn, and says for which the hook lets it through
     * @param found what is found behind each key; none where it does not matter
     */
    record Keys(List<Key> keys, List<IntPredicate> checks, List<? extends Found> found) implements Calls {
        public Keys {
            keys = List.copyOf(keys);
            checks = List.copyOf(checks);
            found = List.copyOf(found);
        }
    }

    /** What a call leaves behind. */
    sealed interface Found {
        /** Whether this is what was found, with or without a program at getpeername. */
        boolean is(String said, boolean hides);
    }

    /** As the driver says it. */
    record Told(String text) implements Found {
        @Override
        public boolean is(String said, boolean hides) {
            return said.equals(text);
        }
    }

    /**
     * The other end of a socket, addresses and ports in hex.
     *
     * @param asked where it wanted to go, which getpeername(2) names where a contestant has a program there
     */
    record Peer(String real, String asked) implements Found {
        @Override
        public boolean is(String said, boolean hides) {
            return said.equals(real + "/" + (hides ? asked : real));
        }
    }

    /**
     * TCP connections over loopback, on so many processors at once.
     *
     * @param tuned what the driver says of one that precedes everything; nothing where it does not matter
     */
    record Connections(int processors, Optional<Told> tuned) implements Calls {}

    /** How many effects there must be after so many calls, which took so long. */
    interface Effects {
        /** How many are missing, or too many. */
        long wrong(long calls, long found, double seconds);

        /** None are looked for. */
        static long none(long calls, long found, double seconds) {
            return 0;
        }

        /** So many of each call. */
        static Effects each(int times) {
            return (calls, found, seconds) -> Math.abs(times * calls - found);
        }

        /** One in each second, and one at once; at least that one. */
        static long onePerSecond(long calls, long found, double seconds) {
            return found < 1 ? 1 : Math.max(0, found - 2 - (long) seconds);
        }
    }
}
