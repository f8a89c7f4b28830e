package org.ringwall.bpf.state;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an object says of a rate: `cgroup remote.ip : 10000000 burst 200`.
 *
 * @param key the fields of its key; none for one bucket
 * @param interval ns from one token to the next
 * @param burst tokens of a full bucket
 */
public record RateText(List<String> key, long interval, long burst) {
    private static final Pattern FORM = Pattern.compile("(?:(\\S.*) )?: (\\d{1,18}) burst (\\d{1,18})");

    public RateText {
        key = List.copyOf(key);
        if (interval < 1 || burst < 1 || interval > RateLayout.MOST_NS / burst) {
            throw new IllegalArgumentException("a rate of " + burst + " in " + interval);
        }
    }

    /** The words. */
    public String text() {
        return (key.isEmpty() ? "" : String.join(" ", key) + " ") + ": " + interval + " burst " + burst;
    }

    /**
     * The tokens of a bucket at a time (docs/semantics.md section 12).
     *
     * @param full when it is full again
     * @param now CLOCK_BOOTTIME in ns
     */
    public long tokens(long full, long now) {
        return Math.max(0, (now + interval * burst - Math.max(full, now)) / interval);
    }

    /** Reads such words; empty where they are none. */
    public static Optional<RateText> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long interval = Long.parseLong(matcher.group(2));
        long burst = Long.parseLong(matcher.group(3));
        boolean fits = interval > 0 && burst > 0 && interval <= RateLayout.MOST_NS / burst;
        List<String> key = matcher.group(1) == null
                ? List.of()
                : Arrays.asList(matcher.group(1).split(" ", -1));
        return fits ? Optional.of(new RateText(key, interval, burst)) : Optional.empty();
    }
}
