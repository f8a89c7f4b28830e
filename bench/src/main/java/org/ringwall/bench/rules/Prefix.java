package org.ringwall.bench.rules;

/** All addresses that begin with the first `length` bits of `base`, whose other bits are zero. */
public record Prefix(Address base, int length) {
    public Prefix {
        if (length < 0 || length > base.bits() || !base.masked(length).equals(base)) {
            throw new IllegalArgumentException("no prefix: " + base + "/" + length);
        }
    }

    /** The prefix of this length that holds the address. */
    public static Prefix of(Address address, int length) {
        return new Prefix(address.masked(length), length);
    }

    public boolean contains(Address address) {
        return address.six() == base.six() && address.masked(length).equals(base);
    }

    /** Whether every address of the other is one of this. */
    public boolean covers(Prefix other) {
        return length <= other.length && contains(other.base);
    }

    /** Its last address. */
    public Address last() {
        return base.filled(length);
    }

    @Override
    public String toString() {
        return length == base.bits() ? base.toString() : base + "/" + length;
    }
}
