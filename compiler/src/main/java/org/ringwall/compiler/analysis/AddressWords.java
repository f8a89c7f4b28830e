// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.Prefix;
import org.ringwall.compiler.value.U128;

/** Sets of addresses as text: prefixes and ranges, or the exceptions if they are fewer. */
final class AddressWords {
    private static final IntervalSet MAPPED =
            IntervalSet.of(new Interval(AddressSet.MAPPED_LOW, AddressSet.MAPPED_HIGH));
    private static final IntervalSet LOWEST_64 = IntervalSet.of(new Interval(U128.ZERO, new U128(0, -1)));

    /** Intervals that are written out; the others are counted. */
    private static final int SHOWN = 8;

    private AddressWords() {}

    /** Returns the text of a set of IPv4 addresses, numbers of 32 bits. */
    static String v4(IntervalSet set) {
        return text(set, AddressSet.ALL.v4(), "any", true);
    }

    /** Returns the text of a set of 128-bit addresses, in which IPv4 addresses are mapped. */
    static String of(IntervalSet set) {
        IntervalSet v4 = IntervalSet.of(set.intersect(MAPPED).intervals().stream()
                .map(interval -> Interval.of(v4(interval.low()), v4(interval.high())))
                .toList());
        IntervalSet v6 = set.minus(MAPPED);
        List<String> parts = new ArrayList<>();
        if (!v4.isEmpty()) {
            parts.add(text(v4, AddressSet.ALL.v4(), "any IPv4", true));
        }
        if (!v6.isEmpty()) {
            boolean low = v6.minus(LOWEST_64).isEmpty();
            IntervalSet all = low ? LOWEST_64.minus(MAPPED) : AddressSet.ALL.v6();
            parts.add(text(v6, all, low ? "any in ::/64" : "any IPv6", false));
        }
        return String.join("; ", parts);
    }

    private static long v4(U128 mapped) {
        return mapped.low() & 0xffff_ffffL;
    }

    private static String text(IntervalSet set, IntervalSet all, String any, boolean v4) {
        IntervalSet exceptions = all.minus(set);
        if (exceptions.isEmpty()) {
            return any;
        }
        int more = exceptions.intervals().size() - set.intervals().size();
        boolean endsOpen = last(set).equals(last(all));
        return more < 0 || more == 0 && endsOpen ? any + " but " + list(exceptions, v4) : list(set, v4);
    }

    private static U128 last(IntervalSet set) {
        return set.intervals().get(set.intervals().size() - 1).high();
    }

    private static String list(IntervalSet set, boolean v4) {
        int more = set.intervals().size() - SHOWN;
        return set.intervals().stream()
                        .limit(SHOWN)
                        .map(interval -> interval(interval, v4))
                        .collect(Collectors.joining(" or "))
                + (more > 0 ? " or " + more + " more ranges" : "");
    }

    private static String interval(Interval interval, boolean v4) {
        String low = new Address(v4, interval.low()).toString();
        if (interval.low().equals(interval.high())) {
            return low;
        }
        List<Prefix> prefixes = Prefix.of(interval, v4 ? Integer.SIZE : 2 * Long.SIZE);
        return prefixes.size() == 1
                ? low + "/" + prefixes.get(0).length()
                : low + ".." + new Address(v4, interval.high());
    }
}
