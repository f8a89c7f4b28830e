// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

/** The addresses that begin with the first `length` bits of `base`, whose other bits are zero. */
public record Prefix(Address base, int length) {
    public Prefix {
        if (length < 0 || length > base.bits() || !base.masked(length).equals(base)) {
            throw new IllegalArgumentException("no prefix: " + base + "/" + length);
        }
    }

    /** Returns the prefix of this length that contains the address. */
    public static Prefix of(Address address, int length) {
        return new Prefix(address.masked(length), length);
    }

    public boolean contains(Address address) {
        return address.six() == base.six() && address.masked(length).equals(base);
    }

    /** Returns whether this prefix contains every address of the other. */
    public boolean covers(Prefix other) {
        return length <= other.length && contains(other.base);
    }

    public Address last() {
        return base.filled(length);
    }

    @Override
    public String toString() {
        return length == base.bits() ? base.toString() : base + "/" + length;
    }
}
