// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.words;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.Monitoring;

/** Durations as they are typed and shown: `90s`, `15m`, `2h`, `1d`. */
public final class Durations {
    /** In ns. */
    public static final long SECOND = 1_000_000_000L;

    private static final long MOST_SECONDS = Monitoring.LONGEST.toSeconds();

    /** A unit, and how many of the previous unit it has. */
    private record Unit(String name, int of) {}

    private static final List<Unit> UNITS = List.of(
            new Unit("us", 1000), new Unit("ms", 1000), new Unit("s", 1000), new Unit("m", 60), new Unit("h", 60));

    private Durations() {}

    /** Parses a duration into ns. */
    public static long parse(String text) {
        long seconds = TimeText.parse(text).toSeconds();
        if (seconds > MOST_SECONDS) {
            throw new InputException(
                    "`" + text + "` is too long", "write at most 30d; start monitor mode again before it ends");
        }
        return seconds * SECOND;
    }

    /** Returns the time of day this many ns from now, in UTC with a resolution of seconds. */
    public static String wallClock(long ns) {
        return Instant.now().plusNanos(ns).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Formats seconds, as `1h 14m 59s`. */
    public static String text(long seconds) {
        StringBuilder out = new StringBuilder();
        part(out, seconds / 86_400, "d");
        part(out, seconds / 3600 % 24, "h");
        part(out, seconds / 60 % 60, "m");
        part(out, seconds % 60, "s");
        return out.isEmpty() ? "0s" : out.toString();
    }

    /** Formats ns in the largest unit that is exact: `20ms`, `1h`, `33333333ns`. */
    public static String exact(long ns) {
        long number = ns;
        String unit = "ns";
        for (Unit next : UNITS) {
            if (number % next.of() != 0) {
                break;
            }
            number /= next.of();
            unit = next.name();
        }
        return number + unit;
    }

    private static void part(StringBuilder out, long number, String unit) {
        if (number != 0) {
            out.append(out.isEmpty() ? "" : " ").append(number).append(unit);
        }
    }
}
