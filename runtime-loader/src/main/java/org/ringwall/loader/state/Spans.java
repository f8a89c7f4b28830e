// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** A set of numbers as sorted spans that neither overlap nor are adjacent. */
final class Spans {
    private final List<Span> merged = new ArrayList<>();

    Spans(Collection<Span> spans) {
        List<Span> ordered = new ArrayList<>(spans);
        ordered.sort(Comparator.comparing(Span::low));
        for (Span span : ordered) {
            int last = merged.size() - 1;
            if (last >= 0 && span.low().compareTo(merged.get(last).high().add(BigInteger.ONE)) <= 0) {
                Span before = merged.get(last);
                merged.set(last, new Span(before.low(), before.high().max(span.high())));
            } else {
                merged.add(span);
            }
        }
    }

    /** Returns whether the whole span is in the set. */
    boolean contains(Span span) {
        int last = lastUpTo(span.low());
        return last >= 0 && merged.get(last).contains(span);
    }

    /** Returns whether a part of the span is in the set. */
    boolean meets(Span span) {
        int last = lastUpTo(span.high());
        return last >= 0 && merged.get(last).meets(span);
    }

    /**
     * Returns the index of the last span that begins at or before a number; -1 if there is none.
     */
    private int lastUpTo(BigInteger number) {
        int from = 0;
        int to = merged.size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (merged.get(middle).low().compareTo(number) <= 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from - 1;
    }

    /** Returns the spans in order. */
    List<Span> list() {
        return List.copyOf(merged);
    }
}
