// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

import java.math.BigInteger;

/**
 * A set of normalised addresses (docs/semantics.md section 2). `v4` contains 32-bit numbers; `v6`
 * contains 128-bit numbers in host order, none of them v4-mapped.
 */
public record AddressSet(IntervalSet v4, IntervalSet v6) {
    /** The first v4-mapped address, `::ffff:0.0.0.0`. */
    public static final U128 MAPPED_LOW = new U128(0, 0xffff_0000_0000L);

    /** The last v4-mapped address, `::ffff:255.255.255.255`. */
    public static final U128 MAPPED_HIGH = new U128(0, 0xffff_ffff_ffffL);

    private static final U128 GREATEST_V4 = U128.of(0xffff_ffffL);

    /** The empty set. */
    public static final AddressSet EMPTY = new AddressSet(IntervalSet.EMPTY, IntervalSet.EMPTY);

    private static final IntervalSet MAPPED = IntervalSet.of(new Interval(MAPPED_LOW, MAPPED_HIGH));

    /** The set of all addresses. */
    public static final AddressSet ALL = new AddressSet(
            IntervalSet.range(0, 0xffff_ffffL),
            IntervalSet.of(new Interval(U128.ZERO, U128.MAX)).minus(MAPPED));

    public AddressSet {
        if (!v4.isEmpty() && greatest(v4).compareTo(GREATEST_V4) > 0) {
            throw new IllegalArgumentException("a v4 address has 32 bits");
        }
        if (!v6.intersect(MAPPED).isEmpty()) {
            throw new IllegalArgumentException("a v4-mapped address is a v4 address");
        }
    }

    private static U128 greatest(IntervalSet set) {
        return set.intervals().get(set.intervals().size() - 1).high();
    }

    /** Returns the union of both sets. */
    public AddressSet union(AddressSet other) {
        return new AddressSet(v4.union(other.v4), v6.union(other.v6));
    }

    /** Returns the members that are not in the other set. */
    public AddressSet minus(AddressSet other) {
        return new AddressSet(v4.minus(other.v4), v6.minus(other.v6));
    }

    /** Returns the number of members, or {@link Long#MAX_VALUE} if there are more. */
    public long size() {
        BigInteger all = count(v4).add(count(v6));
        return all.bitLength() < Long.SIZE ? all.longValue() : Long.MAX_VALUE;
    }

    private static BigInteger count(IntervalSet set) {
        return set.intervals().stream()
                .map(interval -> interval.high()
                        .toBigInteger()
                        .subtract(interval.low().toBigInteger())
                        .add(BigInteger.ONE))
                .reduce(BigInteger.ZERO, BigInteger::add);
    }

    /** Returns whether the normalised address is a member. */
    public boolean contains(Address address) {
        return (address.isV4() ? v4 : v6).contains(address.bits());
    }
}
