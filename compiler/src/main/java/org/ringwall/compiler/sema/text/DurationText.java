// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.Map;
import org.ringwall.compiler.source.Code;

/** A parser for the durations in tests, such as `500ms`. */
public final class DurationText {
    private static final Map<String, Long> UNITS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);

    /** One year in ns. */
    private static final long MOST = 365L * 24 * 3_600_000_000_000L;

    private DurationText() {}

    /** Parses a duration to ns. */
    public static Reading<Long> read(String text) {
        String unit = text.replaceFirst("^[0-9_]+", "");
        Long factor = UNITS.get(unit);
        if (factor == null) {
            throw new IllegalStateException("no duration: " + text);
        }
        return NumberText.read(text.substring(0, text.length() - unit.length()), Long.MAX_VALUE, "a duration")
                .then(number -> number <= MOST / factor
                        ? Reading.good(number * factor)
                        : Reading.bad(
                                Code.NUMBER_RANGE,
                                "`%s` is longer than a year".formatted(text),
                                "write a shorter time"));
    }
}
