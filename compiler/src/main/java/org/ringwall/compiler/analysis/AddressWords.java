// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ringwall.compiler.policy.NamedSet;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.Prefix;
import org.ringwall.compiler.value.U128;

/**
 * A printer of sets of addresses, as values and as text: the name of a declared set, or prefixes
 * and ranges, or the exceptions if they are fewer.
 */
final class AddressWords {
    private static final IntervalSet MAPPED =
            IntervalSet.of(new Interval(AddressSet.MAPPED_LOW, AddressSet.MAPPED_HIGH));
    private static final IntervalSet LOWEST_64 = IntervalSet.of(new Interval(U128.ZERO, new U128(0, -1)));

    /** Intervals that are written out; the others are counted. */
    private static final int SHOWN = 8;

    /** The addresses `::` and `::ffff:0.0.0.0`, which are judged as those that replace them. */
    private static final IntervalSet ANY = IntervalSet.of(
            List.of(new Interval(U128.ZERO, U128.ZERO), new Interval(AddressSet.MAPPED_LOW, AddressSet.MAPPED_LOW)));

    private static final IntervalSet ANY_V4 = IntervalSet.of(0);
    private static final IntervalSet EVERY = IntervalSet.of(new Interval(U128.ZERO, U128.MAX));

    private static final String ALL_V4 = "0.0.0.0/0";
    private static final String ALL_V6 = "::/0";
    private static final String LOWEST_PREFIX = "::/64";

    private final List<NamedSet> names;

    /** Creates a printer that prefers the names of these sets. */
    AddressWords(List<NamedSet> names) {
        this.names = List.copyOf(names);
    }

    /** Returns the text of a set of IPv4 addresses, numbers of 32 bits. */
    Described v4(IntervalSet set) {
        return named(set, AddressSet.ALL.v4(), ANY_V4, AddressSet::v4, bits -> new Address(true, bits))
                .orElseGet(() -> plainV4(set));
    }

    private static Described plainV4(IntervalSet set) {
        return described(set, AddressSet.ALL.v4(), "any", ALL_V4, true);
    }

    /** Returns the text of a set of 128-bit addresses, in which IPv4 addresses are mapped. */
    Described of(IntervalSet set) {
        return named(set, EVERY, ANY, AddressWords::mapped, Address::ofV6).orElseGet(() -> plain(set));
    }

    private static IntervalSet mapped(AddressSet set) {
        List<Interval> v4 = set.v4().intervals().stream()
                .map(interval -> new Interval(mapped(interval.low()), mapped(interval.high())))
                .toList();
        return set.v6().union(IntervalSet.of(v4));
    }

    private static U128 mapped(U128 v4) {
        return new U128(0, AddressSet.MAPPED_LOW.low() | v4.low());
    }

    /**
     * Returns the text of a set of 128-bit addresses of packets, in which mapped addresses are not
     * IPv4 addresses.
     */
    Described ofPackets(IntervalSet set) {
        return named(set, EVERY, IntervalSet.EMPTY, AddressSet::v6, Address::ofV6)
                .orElseGet(() -> plain(set));
    }

    /**
     * Returns the set as `in NAME` or `not in NAME`, and which addresses that are judged as others
     * differ.
     */
    private Optional<Described> named(
            IntervalSet set,
            IntervalSet all,
            IntervalSet any,
            Function<AddressSet, IntervalSet> members,
            Function<U128, Address> address) {
        for (NamedSet name : names) {
            IntervalSet inside = members.apply(name.addresses());
            IntervalSet more = set.minus(inside);
            IntervalSet less = inside.minus(set);
            if (!inside.isEmpty() && more.union(less).minus(any).isEmpty()) {
                return Optional.of(new Described(
                        Choices.set(false, name.name(), singles(more, address), singles(less, address)),
                        "in " + name.name()
                                + each(" but not ", " or ", less, address)
                                + each(" or ", " or ", more, address)));
            }
            IntervalSet outside = all.minus(inside);
            more = set.minus(outside);
            less = outside.minus(set);
            if (!inside.isEmpty() && more.union(less).minus(any).isEmpty()) {
                return Optional.of(new Described(
                        Choices.set(true, name.name(), singles(less, address), singles(more, address)),
                        "not in " + name.name()
                                + each(" nor ", " nor ", less, address)
                                + each(", or ", " or ", more, address)));
            }
        }
        return Optional.empty();
    }

    private static List<String> singles(IntervalSet set, Function<U128, Address> address) {
        return set.intervals().stream()
                .map(interval -> address.apply(interval.low()))
                .map(one -> one + (one.isV4() ? "/32" : "/128"))
                .toList();
    }

    private static String each(String first, String next, IntervalSet set, Function<U128, Address> address) {
        return set.isEmpty()
                ? ""
                : set.intervals().stream()
                        .map(interval -> address.apply(interval.low()).toString())
                        .collect(Collectors.joining(next, first, ""));
    }

    private static Described plain(IntervalSet set) {
        IntervalSet v4 = IntervalSet.of(set.intersect(MAPPED).intervals().stream()
                .map(interval -> Interval.of(v4(interval.low()), v4(interval.high())))
                .toList());
        IntervalSet v6 = set.minus(MAPPED);
        List<Described> parts = new ArrayList<>();
        if (!v4.isEmpty()) {
            parts.add(described(v4, AddressSet.ALL.v4(), "any IPv4", ALL_V4, true));
        }
        if (!v6.isEmpty()) {
            boolean low = v6.minus(LOWEST_64).isEmpty();
            IntervalSet all = low ? LOWEST_64.minus(MAPPED) : AddressSet.ALL.v6();
            String any = low ? "any in " + LOWEST_PREFIX : "any IPv6";
            parts.add(described(v6, all, any, low ? LOWEST_PREFIX : ALL_V6, false));
        }
        return new Described(
                parts.stream().flatMap(part -> part.choices().stream()).toList(),
                parts.stream().map(Described::text).collect(Collectors.joining("; ")));
    }

    private static long v4(U128 mapped) {
        return mapped.low() & 0xffff_ffffL;
    }

    private static Described described(IntervalSet set, IntervalSet all, String any, String prefix, boolean v4) {
        IntervalSet exceptions = all.minus(set);
        if (exceptions.isEmpty()) {
            return new Described(Choices.prefixes(false, Optional.empty(), List.of(prefix)), any);
        }
        int more = exceptions.intervals().size() - set.intervals().size();
        boolean endsOpen = last(set).equals(last(all));
        return more < 0 || more == 0 && endsOpen
                ? new Described(
                        Choices.prefixes(true, Optional.of(prefix), prefixes(exceptions, v4)),
                        any + " but " + list(exceptions, v4))
                : new Described(Choices.prefixes(false, Optional.empty(), prefixes(set, v4)), list(set, v4));
    }

    private static List<String> prefixes(IntervalSet set, boolean v4) {
        return set.intervals().stream()
                .flatMap(interval -> Prefix.of(interval, v4 ? Integer.SIZE : 2 * Long.SIZE).stream())
                .map(prefix -> new Address(v4, new U128(prefix.high(), prefix.low())) + "/" + prefix.length())
                .toList();
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

    /** Returns an address, a prefix or a range. */
    static String interval(Interval interval, boolean v4) {
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
