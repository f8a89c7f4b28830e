// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.Prefix;
import org.ringwall.compiler.value.U128;

/**
 * A conversion of the members of live sets to keys of their inner maps (docs/abi.md section 1), on
 * a host of one byte order.
 */
record LiveEntries(ByteOrder order) {
    private static final Interval ANY_NUMBER = Interval.of(0, 0xffff_ffffL);

    /** Returns the keys of any type but ports. */
    List<Bytes> keys(LiveType type, LiveMembers members) {
        if (members instanceof LiveMembers.Nets nets) {
            return type == LiveType.IP ? addresses(nets.set()) : nets(nets.set());
        } else if (members instanceof LiveMembers.Devices devices) {
            return devices.ranges().stream()
                    .flatMap(range -> devices(range).stream())
                    .toList();
        }
        return numbers(((LiveMembers.Numbers) members).set()).stream()
                .map(this::number)
                .toList();
    }

    /** Returns the numbers of a set, one by one. */
    static List<Long> numbers(IntervalSet set) {
        return each(set).stream().map(U128::low).toList();
    }

    private static List<U128> each(IntervalSet set) {
        List<U128> numbers = new ArrayList<>();
        for (Interval interval : set.intervals()) {
            boolean last = false;
            for (U128 next = interval.low(); !last; next = next.next()) {
                if (numbers.size() == StateContent.MOST_ENTRIES) {
                    throw new IllegalArgumentException("more than " + StateContent.MOST_ENTRIES + " numbers in " + set);
                }
                numbers.add(next);
                last = next.equals(interval.high());
            }
        }
        return numbers;
    }

    private Bytes number(long number) {
        return Bytes.of(bytes(LiveType.NUMBER_KEY.size()).putLong(number).array());
    }

    private static List<Bytes> addresses(AddressSet set) {
        List<Bytes> keys = new ArrayList<>();
        for (U128 v4 : each(set.v4())) {
            keys.add(address(0, AddressSet.MAPPED_LOW.low() | v4.low()));
        }
        for (U128 v6 : each(set.v6())) {
            keys.add(address(v6.high(), v6.low()));
        }
        return keys;
    }

    private static Bytes address(long high, long low) {
        return Bytes.of(ByteBuffer.allocate(LiveType.IP_KEY.size())
                .putLong(high)
                .putLong(low)
                .array());
    }

    private List<Bytes> nets(AddressSet set) {
        List<Bytes> keys = new ArrayList<>();
        for (Interval interval : set.v4().intervals()) {
            for (Prefix prefix : Prefix.of(interval, Integer.SIZE)) {
                keys.add(net(LiveType.MAPPED_BITS + prefix.length(), 0, AddressSet.MAPPED_LOW.low() | prefix.low()));
            }
        }
        for (Interval interval : set.v6().intervals()) {
            for (Prefix prefix : Prefix.of(interval, LiveType.NET_BITS)) {
                keys.add(net(prefix.length(), prefix.high(), prefix.low()));
            }
        }
        return keys;
    }

    private Bytes net(int length, long high, long low) {
        ByteBuffer key = bytes(LiveType.NET_KEY.size()).putInt(length).order(ByteOrder.BIG_ENDIAN);
        return Bytes.of(key.putLong(high).putLong(low).array());
    }

    private List<Bytes> devices(DeviceRange range) {
        List<Bytes> keys = new ArrayList<>();
        if (range.minors().equals(ANY_NUMBER)) {
            for (Prefix major : Prefix.of(range.majors(), Integer.SIZE)) {
                keys.add(device(Integer.SIZE + major.length(), range.type(), major.low(), 0));
            }
            return keys;
        }
        for (long major : numbers(IntervalSet.of(range.majors()))) {
            for (Prefix minor : Prefix.of(range.minors(), Integer.SIZE)) {
                keys.add(device(LiveType.MAJOR_BITS + minor.length(), range.type(), major, minor.low()));
            }
        }
        return keys;
    }

    private Bytes device(int length, int type, long major, long minor) {
        ByteBuffer key = bytes(LiveType.DEVICE_KEY.size()).putInt(length).order(ByteOrder.BIG_ENDIAN);
        return Bytes.of(key.putInt(type).putInt((int) major).putInt((int) minor).array());
    }

    private ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(order);
    }
}
