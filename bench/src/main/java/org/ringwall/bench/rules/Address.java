package org.ringwall.bench.rules;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** An IPv4 address, in the low 32 bits of `low`, or an IPv6 address; ordered as unsigned numbers. */
public record Address(boolean six, long high, long low) implements Comparable<Address> {
    private static final long V4 = 0xffff_ffffL;

    public Address {
        if (!six && (high != 0 || (low & ~V4) != 0)) {
            throw new IllegalArgumentException("an IPv4 address has 32 bits");
        }
    }

    /** The IPv4 address with this number. */
    public static Address v4(long number) {
        return new Address(false, 0, number & V4);
    }

    /** Any unicast IPv4 address but those of this host: 0/8, which the kernel replaces, and 127/8. */
    public static Address anyV4(SplittableRandom random) {
        long first = random.nextLong(1, 223);
        return v4((first >= 127 ? first + 1 : first) << 24 | random.nextLong(1 << 24));
    }

    /** Any global IPv6 address: one of 2000::/3. */
    public static Address anyV6(SplittableRandom random) {
        return new Address(true, 1L << 61 | random.nextLong() >>> 3, random.nextLong());
    }

    /** How many bits it has. */
    public int bits() {
        return six ? 128 : 32;
    }

    /** This address with all bits behind the first `length` cleared. */
    public Address masked(int length) {
        return new Address(six, high & highMask(length), low & lowMask(length));
    }

    /** This address with all bits behind the first `length` set. */
    public Address filled(int length) {
        long rest = six ? ~lowMask(length) : ~lowMask(length) & V4;
        return new Address(six, six ? high | ~highMask(length) : 0, low | rest);
    }

    /** This address with the bits behind the first `length` drawn anew. */
    public Address within(int length, SplittableRandom random) {
        long rest = six ? ~lowMask(length) : ~lowMask(length) & V4;
        long newHigh = six ? high & highMask(length) | random.nextLong() & ~highMask(length) : 0;
        return new Address(six, newHigh, low & lowMask(length) | random.nextLong() & rest);
    }

    /** This address with one bit changed, counted from the first. */
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

    /** In network order, 4 or 16. */
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
