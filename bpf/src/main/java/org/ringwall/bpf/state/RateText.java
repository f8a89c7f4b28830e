// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The description of a rate in an object: `cgroup : 10000000 burst 200`, and without a key
 * `: 10000000 burst 200`.
 *
 * @param key the fields of its key; empty for one bucket
 * @param interval ns from one token to the next
 * @param burst tokens of a full bucket
 */
public record RateText(List<String> key, long interval, long burst) {
    /** As many digits as {@link RateLayout#MOST_NS} has. */
    private static final Pattern FORM = Pattern.compile("([1-9]\\d{0,16}) burst ([1-9]\\d{0,16})");

    public RateText {
        key = List.copyOf(key);
        if (!fits(interval, burst)) {
            throw new IllegalArgumentException("a rate of " + burst + " tokens, one in " + interval + " ns");
        }
    }

    private static boolean fits(long interval, long burst) {
        return interval >= 1 && burst >= 1 && interval <= RateLayout.MOST_NS / burst;
    }

    /**
     * Returns the tokens of a bucket at a time (docs/semantics.md section 12).
     *
     * @param full the time when it is full again; unsigned
     * @param now CLOCK_BOOTTIME in ns
     */
    public long tokens(long full, long now) {
        if (Long.compareUnsigned(full, now) <= 0) {
            return burst;
        }
        long end = now + interval * burst;
        return Long.compareUnsigned(full, end) < 0 ? (end - full) / interval : 0;
    }

    public String text() {
        return KeyWords.before(key) + interval + " burst " + burst;
    }

    /** Parses a text; empty if it has another form. */
    public static Optional<RateText> parse(String text) {
        return KeyWords.of(text).flatMap(RateText::of);
    }

    private static Optional<RateText> of(KeyWords words) {
        Matcher matcher = FORM.matcher(words.rest());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long interval = Long.parseLong(matcher.group(1));
        long burst = Long.parseLong(matcher.group(2));
        return fits(interval, burst) ? Optional.of(new RateText(words.fields(), interval, burst)) : Optional.empty();
    }
}
