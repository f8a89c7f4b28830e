// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** The constants of a set, by kind; only the component of the set's kind is not empty. */
public record Members(IntervalSet numbers, AddressSet addresses, List<DeviceRange> devices, SortedSet<String> names) {
    public Members {
        devices = List.copyOf(devices);
        names = names.isEmpty() ? NO_NAMES : Collections.unmodifiableSortedSet(new TreeSet<>(names));
    }

    private static final SortedSet<String> NO_NAMES = Collections.emptySortedSet();

    static final Members NONE = new Members(IntervalSet.EMPTY, AddressSet.EMPTY, List.of(), NO_NAMES);

    public static Members of(IntervalSet numbers) {
        return new Members(numbers, AddressSet.EMPTY, List.of(), NO_NAMES);
    }

    public static Members of(AddressSet addresses) {
        return new Members(IntervalSet.EMPTY, addresses, List.of(), NO_NAMES);
    }

    public static Members of(DeviceRange device) {
        return new Members(IntervalSet.EMPTY, AddressSet.EMPTY, List.of(device), NO_NAMES);
    }

    public static Members of(String name) {
        return new Members(IntervalSet.EMPTY, AddressSet.EMPTY, List.of(), new TreeSet<>(Set.of(name)));
    }

    public boolean isEmpty() {
        return numbers.isEmpty()
                && addresses.v4().isEmpty()
                && addresses.v6().isEmpty()
                && devices.isEmpty()
                && names.isEmpty();
    }

    public static Members union(List<Members> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        Union union = new Union();
        parts.forEach(union::add);
        return union.members();
    }

    /** A collector of elements, which sorts a list of n elements only once. */
    public static final class Union {
        private final List<Interval> numbers = new ArrayList<>();
        private final List<Interval> v4 = new ArrayList<>();
        private final List<Interval> v6 = new ArrayList<>();
        private final Set<DeviceRange> devices = new LinkedHashSet<>();
        private final SortedSet<String> names = new TreeSet<>();

        public void add(Members part) {
            numbers.addAll(part.numbers.intervals());
            v4.addAll(part.addresses.v4().intervals());
            v6.addAll(part.addresses.v6().intervals());
            devices.addAll(part.devices);
            if (!part.names.isEmpty()) {
                names.addAll(part.names);
            }
        }

        public void addV4(List<Interval> addresses) {
            v4.addAll(addresses);
        }

        public Members members() {
            AddressSet addresses = new AddressSet(IntervalSet.of(v4), IntervalSet.of(v6));
            return new Members(IntervalSet.of(numbers), addresses, List.copyOf(devices), names);
        }
    }

    public Members minus(Members other) {
        SortedSet<String> left = new TreeSet<>(names);
        left.removeAll(other.names);
        return new Members(
                numbers.minus(other.numbers), addresses.minus(other.addresses), without(other.devices), left);
    }

    private List<DeviceRange> without(List<DeviceRange> removed) {
        Set<DeviceRange> left = new LinkedHashSet<>(devices);
        for (DeviceRange hole : removed) {
            Set<DeviceRange> next = new LinkedHashSet<>();
            left.forEach(range -> next.addAll(without(range, hole)));
            left = next;
        }
        return List.copyOf(left);
    }

    /**
     * Returns the parts of a rectangle of majors and minors outside another one: beside, above and
     * below it.
     */
    private static List<DeviceRange> without(DeviceRange range, DeviceRange hole) {
        IntervalSet majors = IntervalSet.of(range.majors());
        IntervalSet minors = IntervalSet.of(range.minors());
        IntervalSet shared = majors.intersect(IntervalSet.of(hole.majors()));
        boolean apart = minors.intersect(IntervalSet.of(hole.minors())).isEmpty();
        if (range.type() != hole.type() || shared.isEmpty() || apart) {
            return List.of(range);
        }
        List<DeviceRange> left = new ArrayList<>();
        for (Interval beside : majors.minus(shared).intervals()) {
            left.add(new DeviceRange(range.type(), beside, range.minors()));
        }
        for (Interval rest : minors.minus(IntervalSet.of(hole.minors())).intervals()) {
            left.add(new DeviceRange(range.type(), shared.intervals().get(0), rest));
        }
        return left;
    }
}
