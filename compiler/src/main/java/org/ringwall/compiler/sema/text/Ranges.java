// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.U128;

/** A check that the ends of a range are in order. */
public final class Ranges {
    private Ranges() {}

    public static Reading<Interval> ordered(long low, long high, String lowText, String highText) {
        return ordered(U128.of(low), U128.of(high), lowText, highText);
    }

    public static Reading<Interval> ordered(U128 low, U128 high, String lowText, String highText) {
        return low.compareTo(high) <= 0
                ? Reading.good(new Interval(low, high))
                : Reading.bad(
                        Code.UPSIDE_DOWN,
                        "the range `%s..%s` is reversed".formatted(lowText, highText),
                        "write `%s..%s`".formatted(highText, lowText));
    }
}
