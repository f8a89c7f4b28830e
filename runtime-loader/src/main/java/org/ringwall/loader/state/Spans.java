package org.ringwall.loader.state;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** A set of numbers: spans in order, none of which touches another. */
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

    /** Whether all of the span is in the set. */
    boolean contains(Span span) {
        return merged.stream().anyMatch(each -> each.contains(span));
    }

    /** Whether some of it is. */
    boolean meets(Span span) {
        return merged.stream().anyMatch(each -> each.meets(span));
    }

    /** In order. */
    List<Span> list() {
        return List.copyOf(merged);
    }
}
