package org.ringwall.bpf.state;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an object says of a rate: `cgroup : 10000000 burst 200`, and without a key `: 10000000 burst 200`.
 *
 * @param key the fields of its key; none for one bucket
 * @param interval ns from one token to the next
 * @param burst tokens of a full bucket
 */
public record RateText(List<String> key, long interval, long burst) {
    /** As many digits as {@link RateLayout#MOST_NS} has. */
    private static final Pattern FORM = Pattern.compile("([1-9]\\d{0,16}) burst ([1-9]\\d{0,16})");

    public RateText {
        key = List.copyOf(key);
        if (interval < 1 || burst < 1) {
            throw new IllegalArgumentException("a rate of " + burst + " tokens, one in " + interval + " ns");
        }
    }

    /** The words. */
    public String text() {
        return KeyWords.before(key) + interval + " burst " + burst;
    }

    /** Reads such words; empty where they are none. */
    public static Optional<RateText> parse(String text) {
        return KeyWords.of(text).flatMap(RateText::of);
    }

    private static Optional<RateText> of(KeyWords words) {
        Matcher matcher = FORM.matcher(words.rest());
        return matcher.matches()
                ? Optional.of(new RateText(
                        words.fields(), Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }
}
