// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.test;

import java.math.BigInteger;
import java.util.List;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.sema.text.Members;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.Prefix;

/**
 * The number of entries that a live set needs on a host for given members (docs/semantics.md
 * section 12).
 */
final class LiveRoom {
    private static final Interval ANY_MINOR = Interval.of(0, 0xffff_ffffL);

    private LiveRoom() {}

    /**
     * Returns a lower bound for the number of entries; {@link Integer#MAX_VALUE} if there are more.
     */
    static int entries(LiveType type, Members members) {
        BigInteger all = type == LiveType.NET
                ? prefixes(members)
                : BigInteger.valueOf(members.addresses().size())
                        .add(sizes(members.numbers().intervals()))
                        .add(devices(members.devices()));
        return all.min(BigInteger.valueOf(Integer.MAX_VALUE)).intValue();
    }

    private static BigInteger prefixes(Members members) {
        long all = 0;
        for (Interval interval : members.addresses().v4().intervals()) {
            all += Prefix.of(interval, Integer.SIZE).size();
        }
        for (Interval interval : members.addresses().v6().intervals()) {
            all += Prefix.of(interval, LiveType.NET_BITS).size();
        }
        return BigInteger.valueOf(all);
    }

    private static BigInteger sizes(List<Interval> intervals) {
        return intervals.stream().map(LiveRoom::size).reduce(BigInteger.ZERO, BigInteger::add);
    }

    /** An entry is one major with one minor, or one major with all minors. */
    private static BigInteger devices(List<DeviceRange> ranges) {
        return ranges.stream()
                .map(range -> size(range.majors())
                        .multiply(range.minors().equals(ANY_MINOR) ? BigInteger.ONE : size(range.minors())))
                .reduce(BigInteger.ZERO, BigInteger::add);
    }

    private static BigInteger size(Interval interval) {
        return interval.high()
                .toBigInteger()
                .subtract(interval.low().toBigInteger())
                .add(BigInteger.ONE);
    }
}
