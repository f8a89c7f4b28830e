// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.value;

/**
 * A normalised address: a v4 address of 32 bits, or a v6 address of 128 bits that is not v4-mapped;
 * host order.
 */
public record Address(boolean isV4, U128 bits) {
    public Address {
        boolean fits = isV4 ? bits.compareTo(U128.of(0xffff_ffffL)) <= 0 : !mapped(bits);
        if (!fits) {
            throw new IllegalArgumentException("not a normalised address");
        }
    }

    /** Returns the v4 address of these 32 bits. */
    public static Address v4(long bits) {
        return new Address(true, U128.of(bits));
    }

    /**
     * Returns the normalised form of the 16 bytes of a v6 address. A v4-mapped address becomes the
     * v4 address in its low 32 bits.
     */
    public static Address ofV6(U128 bits) {
        return mapped(bits) ? v4(bits.low() & 0xffff_ffffL) : new Address(false, bits);
    }

    /** Returns whether this is `0.0.0.0` or `::`. */
    public boolean isAny() {
        return bits.equals(U128.ZERO);
    }

    private static boolean mapped(U128 bits) {
        return bits.high() == 0 && bits.low() >>> 32 == 0xffff;
    }

    @Override
    public String toString() {
        return Addresses.print(this);
    }
}
