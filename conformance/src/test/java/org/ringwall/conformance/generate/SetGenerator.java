// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * A generator of sets of every element type, with their text: elements, ranges, prefixes, `except`,
 * and empty sets.
 */
final class SetGenerator {
    private final RandomChoices choices;

    SetGenerator(RandomChoices choices) {
        this.choices = choices;
    }

    /** Generates `{ … } except { … }` of addresses. */
    Written<AddressSet> addresses() {
        return composed(this::addressElement, AddressSet.EMPTY, AddressSet::union, AddressSet::minus);
    }

    /**
     * Generates `{ … } except { … }` of numbers of this type, written as words if the type has
     * words.
     */
    Written<IntervalSet> numbers(FieldType type) {
        return composed(() -> numberElement(type), IntervalSet.EMPTY, IntervalSet::union, IntervalSet::minus);
    }

    /** Generates `{ … } except { … }` of names. */
    Written<SortedSet<String>> names() {
        return composed(
                () -> {
                    String name = name();
                    return new Written<SortedSet<String>>('"' + name + '"', new TreeSet<>(List.of(name)));
                },
                new TreeSet<>(),
                (a, b) -> {
                    SortedSet<String> both = new TreeSet<>(a);
                    both.addAll(b);
                    return both;
                },
                (a, b) -> {
                    SortedSet<String> left = new TreeSet<>(a);
                    left.removeAll(b);
                    return left;
                });
    }

    /**
     * Generates `{ … } except { … }` of devices. A removed element is cut out of each range as a
     * rectangle.
     */
    Written<List<DeviceRange>> devices() {
        return composed(
                this::deviceElement,
                List.of(),
                (a, b) -> {
                    List<DeviceRange> both = new ArrayList<>(a);
                    both.addAll(b);
                    return both;
                },
                SetGenerator::minus);
    }

    /** Generates a name relative to /proc/sys, real or invented. */
    String name() {
        if (choices.chance(75)) {
            return choices.oneOf(Pools.NAMES);
        }
        StringBuilder name = new StringBuilder("net/");
        int length = choices.between(1, 40);
        for (int i = 0; i < length; i++) {
            name.append((char) ('a' + choices.below(3)));
        }
        return name.toString();
    }

    private <T> Written<T> composed(
            Supplier<Written<T>> element, T empty, BinaryOperator<T> union, BinaryOperator<T> minus) {
        Written<T> base = group(choices.chance(4) ? 0 : choices.chance(10) ? 12 : 3, element, empty, union);
        String text = base.text();
        T value = base.value();
        while (choices.chance(25)) {
            Written<T> removed = choices.chance(20) ? base : group(2, element, empty, union);
            text += " except " + removed.text();
            value = minus.apply(value, removed.value());
        }
        return new Written<>(text, value);
    }

    private <T> Written<T> group(int most, Supplier<Written<T>> element, T empty, BinaryOperator<T> union) {
        List<Written<T>> elements = most == 0 ? List.of() : choices.several(1, most, element);
        T value = empty;
        List<String> texts = new ArrayList<>();
        for (Written<T> one : elements) {
            value = union.apply(value, one.value());
            texts.add(one.text());
        }
        return new Written<>(texts.isEmpty() ? "{}" : "{ " + String.join(", ", texts) + " }", value);
    }

    private Written<IntervalSet> numberElement(FieldType type) {
        return switch (type) {
            case PROTOCOL -> choices.oneOf(Pools.PROTOCOL_WORDS);
            case SOCKET_TYPE -> choices.oneOf(Pools.TYPE_WORDS);
            case FAMILY -> choices.oneOf(Pools.FAMILY_WORDS);
            case DEVICE_TYPE -> choices.oneOf(Pools.DEVICE_TYPE_WORDS);
            case SOCKET_OPTION -> choices.oneOf(Pools.OPTION_WORDS);
            case SOCKET_LEVEL -> choices.oneOf(Pools.LEVEL_WORDS);
            case ERRNO -> choices.oneOf(Pools.ERRNO_WORDS);
            case PACKET_TYPE -> choices.oneOf(Pools.PACKET_TYPE_WORDS);
            case PORT, ID, INT, LONG, NUMERAL, BYTE, CGROUP, COOKIE -> {
                long one = number(type);
                if (choices.chance(50)) {
                    yield new Written<>(digits(one), IntervalSet.of(one));
                }
                long near = one + choices.below(20);
                boolean past = Long.compareUnsigned(near, one) < 0 || Long.compareUnsigned(near, type.max()) > 0;
                long other = choices.chance(50) ? number(type) : past ? type.max() : near;
                boolean ordered = Long.compareUnsigned(one, other) <= 0;
                long low = ordered ? one : other;
                long high = ordered ? other : one;
                yield new Written<>(digits(low) + ".." + digits(high), IntervalSet.range(low, high));
            }
            case ADDRESS, DEVICE, BOOL, STRING -> throw new IllegalStateException("no set of numbers is of " + type);
        };
    }

    /** Generates a number of this type. */
    long number(FieldType type) {
        List<Long> pool = switch (type) {
            case PORT -> Pools.PORTS;
            case ID -> Pools.IDS;
            case CGROUP, COOKIE, LONG -> Pools.WIDE;
            case BYTE -> Pools.BYTES;
            default -> Pools.NUMBERS;
        };
        boolean wide = type == FieldType.CGROUP || type == FieldType.COOKIE || type == FieldType.LONG;
        return choices.chance(70) ? choices.oneOf(pool) : wide ? choices.bits() : choices.upTo(type.max());
    }

    /** Writes a number in decimal, in hexadecimal or with underscores. */
    String digits(long number) {
        if (choices.chance(10)) {
            return "0x" + Long.toHexString(number);
        }
        String decimal = Long.toUnsignedString(number);
        return choices.chance(10) && decimal.length() > 3
                ? decimal.substring(0, decimal.length() - 3) + "_" + decimal.substring(decimal.length() - 3)
                : decimal;
    }

    /** Generates an address, sometimes written as v4-mapped. */
    Written<Address> address() {
        if (choices.chance(60)) {
            Address v4 = Address.v4(choices.chance(60) ? choices.oneOf(Pools.V4) : choices.bits() & 0xffff_ffffL);
            return new Written<>(choices.chance(10) ? "::ffff:" + v4 : v4.toString(), v4);
        }
        U128 bits = choices.chance(60) ? choices.oneOf(Pools.V6) : new U128(choices.bits(), choices.bits());
        Address v6 = Address.ofV6(bits);
        return new Written<>(v6.toString(), v6);
    }

    private Written<AddressSet> addressElement() {
        Written<Address> address = address();
        boolean mapped = address.text().startsWith("::ffff:") && address.value().isV4();
        int kind = choices.below(10);
        if (kind < 4) {
            return new Written<>(
                    address.text(),
                    set(address.value(), address.value().bits(), address.value().bits()));
        }
        int width = address.value().isV4() ? 32 : 128;
        if (kind < 9) {
            int length = choices.chance(40) ? choices.oneOf(0, 1, width - 1, width) : choices.between(0, width);
            Interval block = prefix(address.value().bits(), width, length);
            String first = (mapped ? "::ffff:" : "") + address(width, block.low());
            String text = first + "/" + (mapped ? length + 96 : length);
            return new Written<>(text, set(address.value(), block.low(), block.high()));
        }
        return addressRange(address.value());
    }

    /** Generates a short range within the address's family. */
    private Written<AddressSet> addressRange(Address from) {
        int width = from.isV4() ? 32 : 128;
        U128 last = prefix(from.bits(), width, 0).high();
        U128 high = from.bits();
        for (int i = choices.below(40); i > 0 && !high.equals(last); i--) {
            if (address(width, high.next()).isV4() != from.isV4()) {
                break;
            }
            high = high.next();
        }
        return new Written<>(from + ".." + address(width, high), set(from, from.bits(), high));
    }

    private static Address address(int width, U128 bits) {
        return width == 32 ? new Address(true, bits) : Address.ofV6(bits);
    }

    private static Interval prefix(U128 bits, int width, int length) {
        int free = width - length;
        long lowMask = free >= 64 ? 0 : -1L << free;
        long highMask = free <= 64 ? -1L : free == 128 ? 0 : -1L << (free - 64);
        U128 low = new U128(bits.high() & highMask, bits.low() & lowMask);
        U128 high = new U128(low.high() | ~highMask, low.low() | ~lowMask);
        return width == 32
                ? new Interval(U128.of(low.low()), U128.of(high.low() & 0xffff_ffffL))
                : new Interval(low, high);
    }

    /**
     * Returns the addresses from `low` to `high` in the family of the address. In v6 the v4-mapped
     * range is excluded.
     */
    private static AddressSet set(Address family, U128 low, U128 high) {
        IntervalSet between = IntervalSet.of(new Interval(low, high));
        IntervalSet mapped = IntervalSet.of(new Interval(AddressSet.MAPPED_LOW, AddressSet.MAPPED_HIGH));
        return family.isV4()
                ? new AddressSet(between, IntervalSet.EMPTY)
                : new AddressSet(IntervalSet.EMPTY, between.minus(mapped));
    }

    private Written<List<DeviceRange>> deviceElement() {
        if (choices.chance(25)) {
            String path = choices.oneOf(List.copyOf(new TreeSet<>(Pools.CHAR_DEVICES.keySet())));
            long[] numbers = Pools.CHAR_DEVICES.getOrDefault(path, new long[0]);
            return new Written<>('"' + path + '"', List.of(range(2, numbers[0], numbers[1])));
        }
        int type = choices.between(1, 2);
        Written<Interval> major = deviceNumber();
        Written<Interval> minor = deviceNumber();
        String text = (type == 1 ? "block " : "char ") + major.text() + ":" + minor.text();
        return new Written<>(text, List.of(new DeviceRange(type, major.value(), minor.value())));
    }

    private static DeviceRange range(int type, long major, long minor) {
        return new DeviceRange(type, Interval.of(major, major), Interval.of(minor, minor));
    }

    private Written<Interval> deviceNumber() {
        if (choices.chance(20)) {
            return new Written<>("*", Interval.of(0, 0xffff_ffffL));
        }
        long low = choices.oneOf(0L, 1L, 3L, 5L, 8L, 136L, 195L, 226L);
        if (choices.chance(60)) {
            return new Written<>(Long.toString(low), Interval.of(low, low));
        }
        long high = low + choices.below(256);
        return new Written<>(low + ".." + high, Interval.of(low, high));
    }

    private static List<DeviceRange> minus(List<DeviceRange> from, List<DeviceRange> removed) {
        List<DeviceRange> left = from;
        for (DeviceRange hole : removed) {
            List<DeviceRange> next = new ArrayList<>();
            for (DeviceRange range : left) {
                next.addAll(minus(range, hole));
            }
            left = next;
        }
        return left;
    }

    private static List<DeviceRange> minus(DeviceRange range, DeviceRange hole) {
        IntervalSet majors = IntervalSet.of(range.majors());
        IntervalSet holeMajors = IntervalSet.of(hole.majors());
        if (range.type() != hole.type()) {
            return List.of(range);
        }
        List<DeviceRange> parts = new ArrayList<>();
        for (Interval outside : majors.minus(holeMajors).intervals()) {
            parts.add(new DeviceRange(range.type(), outside, range.minors()));
        }
        for (Interval inside : majors.intersect(holeMajors).intervals()) {
            IntervalSet minors = IntervalSet.of(range.minors()).minus(IntervalSet.of(hole.minors()));
            minors.intervals().forEach(minor -> parts.add(new DeviceRange(range.type(), inside, minor)));
        }
        return parts;
    }
}
