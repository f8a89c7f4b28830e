// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.loader.object.InputException;

/** Durations as they are typed and shown: `90s`, `15m`, `2h`, `1d`. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,6})([smhd])");
    /** In ns. */
    static final long SECOND = 1_000_000_000L;

    /** The limit of monitor mode; a longer need calls for another policy. */
    private static final long MOST_SECONDS = 30 * 24 * 3600L;

    /** A unit, and how many of the previous unit it has. */
    private record Unit(String name, int of) {}

    private static final List<Unit> UNITS = List.of(
            new Unit("us", 1000), new Unit("ms", 1000), new Unit("s", 1000), new Unit("m", 60), new Unit("h", 60));

    private Durations() {}

    /** Parses a duration into ns. */
    static long parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new InputException(
                    "`" + org.ringwall.loader.state.Printable.of(text) + "` is not a time",
                    "write a time such as 90s, 15m, 2h or 1d");
        }
        long unit = switch (matcher.group(2)) {
            case "s" -> 1;
            case "m" -> 60;
            case "h" -> 3600;
            default -> 24 * 3600;
        };
        long seconds = Long.parseLong(matcher.group(1)) * unit;
        if (seconds > MOST_SECONDS) {
            throw new InputException(
                    "`" + text + "` is too long", "write at most 30d; start monitor mode again before it ends");
        }
        return seconds * SECOND;
    }

    /** Returns the time of day this many ns from now, in UTC with a resolution of seconds. */
    static String wallClock(long ns) {
        return Instant.now().plusNanos(ns).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Formats seconds, as `1h 14m 59s`. */
    static String text(long seconds) {
        StringBuilder out = new StringBuilder();
        part(out, seconds / 86_400, "d");
        part(out, seconds / 3600 % 24, "h");
        part(out, seconds / 60 % 60, "m");
        part(out, seconds % 60, "s");
        return out.isEmpty() ? "0s" : out.toString();
    }

    /** Formats ns in the largest unit that is exact: `20ms`, `1h`, `33333333ns`. */
    static String exact(long ns) {
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
