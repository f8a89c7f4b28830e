// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * An IPv4 address, in the low 32 bits of `low`, or an IPv6 address. Addresses are ordered as
 * unsigned integers.
 */
public record Address(boolean six, long high, long low) implements Comparable<Address> {
    private static final long V4 = 0xffff_ffffL;

    public Address {
        if (!six && (high != 0 || (low & ~V4) != 0)) {
            throw new IllegalArgumentException("an IPv4 address has 32 bits");
        }
    }

    /** Returns the IPv4 address with this number. */
    public static Address v4(long number) {
        return new Address(false, 0, number & V4);
    }

    /**
     * Returns a random unicast IPv4 address other than those of this host: not in 0/8, which the
     * kernel replaces, nor in 127/8.
     */
    public static Address anyV4(SplittableRandom random) {
        long first = random.nextLong(1, 223);
        return v4((first >= 127 ? first + 1 : first) << 24 | random.nextLong(1 << 24));
    }

    /** Returns a random global IPv6 address, in 2000::/3. */
    public static Address anyV6(SplittableRandom random) {
        return new Address(true, 1L << 61 | random.nextLong() >>> 3, random.nextLong());
    }

    /** Returns its number of bits. */
    public int bits() {
        return six ? 128 : 32;
    }

    /** Returns this address with all bits after the first `length` cleared. */
    public Address masked(int length) {
        return new Address(six, high & highMask(length), low & lowMask(length));
    }

    /** Returns this address with all bits after the first `length` set. */
    public Address filled(int length) {
        long rest = six ? ~lowMask(length) : ~lowMask(length) & V4;
        return new Address(six, six ? high | ~highMask(length) : 0, low | rest);
    }

    /** Returns this address with random bits after the first `length`. */
    public Address within(int length, SplittableRandom random) {
        long rest = six ? ~lowMask(length) : ~lowMask(length) & V4;
        long newHigh = six ? high & highMask(length) | random.nextLong() & ~highMask(length) : 0;
        return new Address(six, newHigh, low & lowMask(length) | random.nextLong() & rest);
    }

    /** Returns this address with one bit flipped; bit 0 is the most significant one. */
    public Address flipped(int bit) {
        int fromEnd = bits() - 1 - bit;
        return fromEnd < 64 ? new Address(six, high, low ^ 1L << fromEnd) : new Address(six, high ^ 1L << fromEnd, low);
    }

    private long highMask(int length) {
        return !six || length == 0 ? 0 : length >= 64 ? -1 : -1L << (64 - length);
    }

    private long lowMask(int length) {
        int own = six ? Math.max(length - 64, 0) : length + 32;
        return own == 0 ? 0 : own >= 64 ? -1 : -1L << (64 - own);
    }

    /** Returns its 4 or 16 bytes in network byte order. */
    public byte[] bytes() {
        return six
                ? ByteBuffer.allocate(16).putLong(high).putLong(low).array()
                : ByteBuffer.allocate(4).putInt((int) low).array();
    }

    @Override
    public int compareTo(Address other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(bytes()).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 and 16 bytes are addresses", e);
        }
    }
}
