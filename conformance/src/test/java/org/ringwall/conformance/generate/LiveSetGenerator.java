// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** A generator of live sets of every type, their entries, and the atoms that test them. */
final class LiveSetGenerator {
    private static final Span NOWHERE = new SourceFile("generated.wall", "").span(0, 0);
    private static final IntervalSet IDS = IntervalSet.range(0, 0xffff_fffeL);
    private static final Interval EVERY_NUMBER = Interval.of(0, 0xffff_ffffL);
    private static final Written<LiveMembers> SOME_NETS = new Written<>(
            "{ 10.0.0.0/8, 127.0.0.0/8, 2001:db8::/32 }",
            new LiveMembers.Nets(new AddressSet(
                    IntervalSet.of(Interval.of(0x0a00_0000L, 0x0aff_ffffL), Interval.of(0x7f00_0000L, 0x7fff_ffffL)),
                    IntervalSet.of(
                            new Interval(new U128(0x2001_0db8_0000_0000L, 0), new U128(0x2001_0db8_ffff_ffffL, -1))))));
    private static final Written<LiveMembers> SOME_DEVICES = new Written<>(
            "{ char 1:*, block 8:0..15, char 5:0..2 }",
            new LiveMembers.Devices(List.of(
                    new DeviceRange(2, Interval.of(1, 1), EVERY_NUMBER),
                    new DeviceRange(1, Interval.of(8, 8), Interval.of(0, 15)),
                    new DeviceRange(2, Interval.of(5, 5), Interval.of(0, 2)))));

    private final RandomChoices choices;
    private final SetGenerator sets;

    LiveSetGenerator(RandomChoices choices) {
        this.choices = choices;
        this.sets = new SetGenerator(choices);
    }

    /** Generates a declaration of this type. */
    Written<LiveSet> set(LiveType type) {
        String name = "live_" + type.word() + "s";
        Optional<Written<LiveMembers>> within = choices.chance(60) ? Optional.empty() : Optional.of(within(type));
        return new Written<>(
                "live set " + name + " : " + type.word()
                        + within.map(set -> " within " + set.text()).orElse("") + " max 10000",
                new LiveSet(name, type, within.map(Written::value), 10_000, NOWHERE));
    }

    private Written<LiveMembers> within(LiveType type) {
        Written<? extends LiveMembers> drawn = switch (type) {
            case NET, IP -> {
                Written<AddressSet> set = sets.addresses();
                yield set.value().equals(AddressSet.EMPTY)
                        ? SOME_NETS
                        : new Written<>(set.text(), new LiveMembers.Nets(set.value()));
            }
            case DEVICE -> SOME_DEVICES;
            default -> {
                Written<IntervalSet> set = sets.numbers(LiveSet.fieldType(type));
                yield set.value().isEmpty()
                        ? few(type)
                        : new Written<>(set.text(), new LiveMembers.Numbers(set.value()));
            }
        };
        if (choices.chance(50)) {
            return new Written<>(drawn.text(), drawn.value());
        }
        return switch (type) {
            case NET, IP -> SOME_NETS;
            case DEVICE -> SOME_DEVICES;
            default -> few(type);
        };
    }

    private static Written<LiveMembers> few(LiveType type) {
        long high = type == LiveType.PORT ? 8080 : 70_000;
        return new Written<>("{ 1.." + high + " }", new LiveMembers.Numbers(IntervalSet.range(1, high)));
    }

    /**
     * Generates an atom that tests one of the fields against one of the sets, alone or combined
     * with constants. Returns empty if no set fits.
     */
    Optional<Written<Guard>> atom(List<LiveSet> all, List<Field> fields) {
        List<LiveSet> fitting =
                all.stream().filter(set -> !fitting(set, fields).isEmpty()).toList();
        if (fitting.isEmpty()) {
            return Optional.empty();
        }
        LiveSet set = choices.oneOf(fitting);
        Field field = choices.oneOf(fitting(set, fields));
        Written<Guard> members = members(set, field);
        return Optional.of(
                choices.chance(80)
                        ? new Written<>(field.text() + " in " + members.text(), members.value())
                        : new Written<>(field.text() + " not in " + members.text(), new Guard.Not(members.value())));
    }

    private static List<Field> fitting(LiveSet set, List<Field> fields) {
        return fields.stream().filter(field -> fits(set.type(), field)).toList();
    }

    /**
     * Returns whether a set can hold values of a field. Ids of users, groups and network namespaces
     * have set types of their own.
     */
    private static boolean fits(LiveType type, Field field) {
        return switch (type) {
            case UID -> field == Field.UID;
            case GID -> field == Field.GID;
            case NETNS -> field == Field.NETNS;
            default -> field.type() == LiveSet.fieldType(type);
        };
    }

    /**
     * Generates `L`, `{ L, CONSTANT }` or `CONSTANTS except L`, as the guard that tests the field.
     */
    private Written<Guard> members(LiveSet set, Field field) {
        Guard live = new Guard.InLive(field, set);
        int kind = choices.below(10);
        if (kind < 6) {
            return new Written<>(set.name(), live);
        } else if (kind < 8) {
            Written<Guard> one = one(field);
            return new Written<>(
                    "{ " + set.name() + ", " + one.text() + " }", new Guard.Or(List.of(one.value(), live)));
        }
        Written<Guard> constants = constants(field);
        return new Written<>(
                constants.text() + " except " + set.name(),
                new Guard.And(List.of(constants.value(), new Guard.Not(live))));
    }

    private Written<Guard> one(Field field) {
        return switch (field.type()) {
            case ADDRESS -> {
                Written<Address> address = sets.address();
                U128 bits = address.value().bits();
                IntervalSet single = IntervalSet.of(new Interval(bits, bits));
                yield new Written<>(
                        address.text(),
                        new Guard.AddressIn(
                                field,
                                address.value().isV4()
                                        ? new AddressSet(single, IntervalSet.EMPTY)
                                        : new AddressSet(IntervalSet.EMPTY, single)));
            }
            case DEVICE ->
                new Written<>(
                        "char 1:3",
                        new Guard.DeviceIn(List.of(new DeviceRange(2, Interval.of(1, 1), Interval.of(3, 3)))));
            default -> {
                long number = sets.number(field.type());
                yield new Written<>(sets.digits(number), new Guard.In(field, IntervalSet.of(number)));
            }
        };
    }

    private Written<Guard> constants(Field field) {
        return switch (field.type()) {
            case ADDRESS -> {
                Written<AddressSet> set = sets.addresses();
                yield new Written<>(set.text(), new Guard.AddressIn(field, set.value()));
            }
            case DEVICE -> {
                Written<List<DeviceRange>> set = sets.devices();
                yield new Written<>(set.text(), new Guard.DeviceIn(set.value()));
            }
            default -> {
                Written<IntervalSet> set = sets.numbers(field.type());
                yield new Written<>(set.text(), new Guard.In(field, set.value()));
            }
        };
    }

    /** Generates the entries of a set. A set of ids often contains that of `caller`. */
    LiveMembers content(LiveSet set, Optional<Actor> caller) {
        return switch (set.type()) {
            case NET -> {
                AddressSet drawn = sets.addresses().value();
                yield new LiveMembers.Nets(set.within()
                        .map(within -> both(drawn, ((LiveMembers.Nets) within).set()))
                        .orElse(drawn));
            }
            case IP -> new LiveMembers.Nets(ends(sets.addresses().value(), set));
            case DEVICE -> new LiveMembers.Devices(devices(set));
            default -> {
                IntervalSet drawn = numbers(set);
                Optional<Long> own = caller.filter(actor -> choices.chance(50)).flatMap(actor -> own(set, actor));
                IntervalSet all =
                        own.map(number -> drawn.union(IntervalSet.of(number))).orElse(drawn);
                yield new LiveMembers.Numbers(set.within()
                        .map(within -> all.intersect(((LiveMembers.Numbers) within).set()))
                        .orElse(all));
            }
        };
    }

    /**
     * Returns the ends of the intervals, as single addresses, that are inside the set's `within`.
     */
    private static AddressSet ends(AddressSet drawn, LiveSet set) {
        AddressSet all = new AddressSet(ends(drawn.v4()), ends(drawn.v6()));
        return set.within()
                .map(within -> both(all, ((LiveMembers.Nets) within).set()))
                .orElse(all);
    }

    private static IntervalSet ends(IntervalSet drawn) {
        List<Interval> ends = new ArrayList<>();
        drawn.intervals().forEach(interval -> {
            ends.add(first(interval));
            ends.add(new Interval(interval.high(), interval.high()));
        });
        return IntervalSet.of(ends);
    }

    private static AddressSet both(AddressSet one, AddressSet other) {
        return new AddressSet(one.v4().intersect(other.v4()), one.v6().intersect(other.v6()));
    }

    private static Optional<Long> own(LiveSet set, Actor actor) {
        return switch (set.type()) {
            case UID -> Optional.of(actor.uid());
            case GID -> Optional.of(actor.gid());
            case CGROUP -> Optional.of(actor.cgroup());
            case NETNS -> Optional.of(actor.netns());
            default -> Optional.empty();
        };
    }

    /** Generates devices that a live set can hold: with one minor, or with all. */
    private List<DeviceRange> devices(LiveSet set) {
        List<DeviceRange> entries = new ArrayList<>();
        for (DeviceRange range : sets.devices().value()) {
            Interval minors = range.minors().equals(EVERY_NUMBER) ? EVERY_NUMBER : first(range.minors());
            DeviceRange entry = new DeviceRange(range.type(), first(range.majors()), minors);
            boolean inside = set.within()
                    .map(within ->
                            ((LiveMembers.Devices) within).ranges().stream().anyMatch(whole -> covers(whole, entry)))
                    .orElse(true);
            if (inside && !entries.contains(entry)) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private static Interval first(Interval interval) {
        return new Interval(interval.low(), interval.low());
    }

    private static boolean covers(DeviceRange whole, DeviceRange entry) {
        return whole.type() == entry.type()
                && covers(whole.majors(), entry.majors())
                && covers(whole.minors(), entry.minors());
    }

    private static boolean covers(Interval whole, Interval part) {
        return IntervalSet.of(part).minus(IntervalSet.of(whole)).isEmpty();
    }

    /**
     * Generates numbers. Only ports have ranges; for other types the ends of intervals are
     * returned. 2^32 − 1 is not a valid id.
     */
    private IntervalSet numbers(LiveSet set) {
        IntervalSet drawn = sets.numbers(LiveSet.fieldType(set.type())).value();
        if (set.type() == LiveType.PORT) {
            return drawn;
        }
        IntervalSet possible = LiveSet.fieldType(set.type()) == FieldType.ID ? drawn.intersect(IDS) : drawn;
        return ends(possible);
    }
}
