// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.compiler.ast.Pace;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.source.Code;

/** A parser for the rate of tokens, such as `100/s`. */
public final class PaceText {
    private static final long SECOND = 1_000_000_000L;
    private static final Map<String, Long> UNITS = Map.of("s", SECOND, "m", 60 * SECOND, "h", 3600 * SECOND);

    /** The maximum number of tokens in a unit of time. */
    private static final long MOST = 1_000_000_000L;

    private PaceText() {}

    /** Returns the bucket of this pace; without a burst it has the tokens of one unit of time. */
    public static Reading<Rate.Pace> read(Pace pace, Optional<Long> burst) {
        int slash = pace.text().indexOf('/');
        String unit = pace.text().substring(slash + 1);
        Optional<Long> period = Optional.ofNullable(UNITS.get(unit));
        if (period.isEmpty()) {
            return Reading.bad(
                    Code.BAD_PACE,
                    "`%s` is not a unit of time".formatted(unit),
                    "write `/s`, `/m` or `/h` for a rate per second, minute or hour");
        }
        return NumberText.positive(pace.text().substring(0, slash), MOST, "a number of tokens")
                .then(number -> bucket(number, period.get(), burst.orElse(number)));
    }

    private static Reading<Rate.Pace> bucket(long tokens, long period, long burst) {
        long interval = (period + tokens - 1) / tokens;
        return burst <= RateLayout.MOST_NS / interval
                ? Reading.good(Rate.Pace.of(tokens, period, burst))
                : Reading.bad(
                        Code.BAD_PACE,
                        "a bucket of %d tokens takes more than a year to fill".formatted(burst),
                        "write a smaller `burst`, or a faster rate");
    }
}
