// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.StringPattern;
import org.ringwall.compiler.value.U128;

/** The values at and next to every boundary in a policy's guards. */
final class Boundaries implements Guard.Visitor<Boundaries> {
    private final Map<Param, Long> params;
    private final Map<Field, Set<Long>> numbers = new EnumMap<>(Field.class);
    private final Set<Long> v4 = new LinkedHashSet<>();
    private final Set<U128> v6 = new LinkedHashSet<>();
    private final Map<Field, SortedSet<StringPattern>> patterns = new EnumMap<>(Field.class);

    Boundaries(Policy policy, Map<Param, Long> params) {
        this.params = params;
        policy.blocks()
                .forEach(block -> block.rules().forEach(rule -> rule.guard().accept(this)));
    }

    List<Long> numbers(Field field) {
        return List.copyOf(numbers.getOrDefault(field, Set.of()));
    }

    List<Long> v4() {
        return List.copyOf(v4);
    }

    List<U128> v6() {
        return List.copyOf(v6);
    }

    /** Returns the patterns that a string field is compared with. */
    List<StringPattern> patterns(Field field) {
        return List.copyOf(patterns.getOrDefault(field, new TreeSet<>()));
    }

    private void number(Field field, long max, long value) {
        Set<Long> all = numbers.computeIfAbsent(field, f -> new LinkedHashSet<>());
        for (long near : new long[] {value - 1, value, value + 1}) {
            boolean wrapped = near == -1 && value == 0 || near == 0 && value == -1;
            if (!wrapped && Long.compareUnsigned(near, max) <= 0) {
                all.add(near);
            }
        }
    }

    private void ends(Field field, Interval interval) {
        long max = field.type().max();
        number(field, max, interval.low().toLongExact());
        number(field, max, interval.high().toLongExact());
    }

    @Override
    public Boundaries constant(Guard.Const guard) {
        return this;
    }

    @Override
    public Boundaries not(Guard.Not guard) {
        return guard.guard().accept(this);
    }

    @Override
    public Boundaries and(Guard.And guard) {
        guard.guards().forEach(part -> part.accept(this));
        return this;
    }

    @Override
    public Boundaries or(Guard.Or guard) {
        guard.guards().forEach(part -> part.accept(this));
        return this;
    }

    @Override
    public Boundaries in(Guard.In guard) {
        guard.set().intervals().forEach(interval -> ends(guard.field(), interval));
        return this;
    }

    @Override
    public Boundaries addressIn(Guard.AddressIn guard) {
        for (Interval interval : guard.set().v4().intervals()) {
            for (U128 end : List.of(interval.low(), interval.high())) {
                for (U128 near : List.of(end.previous(), end, end.next())) {
                    v4.add(near.low() & 0xffff_ffffL);
                }
            }
        }
        for (Interval interval : guard.set().v6().intervals()) {
            for (U128 end : List.of(interval.low(), interval.high())) {
                v6.addAll(List.of(end.previous(), end, end.next(), new U128(end.high() + 1, end.low())));
            }
        }
        return this;
    }

    @Override
    public Boundaries deviceIn(Guard.DeviceIn guard) {
        guard.ranges().forEach(range -> {
            ends(Field.DEV_MAJOR, range.majors());
            ends(Field.DEV_MINOR, range.minors());
        });
        return this;
    }

    @Override
    public Boundaries matches(Guard.Matches guard) {
        patterns.computeIfAbsent(guard.field(), field -> new TreeSet<>()).addAll(guard.patterns());
        return this;
    }

    @Override
    public Boundaries compareParam(Guard.CompareParam guard) {
        Param param = guard.param();
        long max = guard.field().type().max();
        number(guard.field(), max, params.getOrDefault(param, param.defaultValue()));
        number(guard.field(), max, param.min());
        number(guard.field(), max, param.max());
        return this;
    }

    /** Adds the boundaries of the set's `within`. Its entries are generated elsewhere. */
    @Override
    public Boundaries inLive(Guard.InLive guard) {
        guard.set().within().ifPresent(within -> members(guard.field(), within));
        return this;
    }

    private void members(Field field, LiveMembers members) {
        if (members instanceof LiveMembers.Nets nets) {
            addressIn(new Guard.AddressIn(field, nets.set()));
        } else if (members instanceof LiveMembers.Devices devices) {
            deviceIn(new Guard.DeviceIn(devices.ranges()));
        } else {
            in(new Guard.In(field, ((LiveMembers.Numbers) members).set()));
        }
    }
}
