// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * The two forms of an ECDSA signature on P-256: the sequence of r and s in DER (RFC 3279, section
 * 2.2.3), which bundles contain, and r and s as 32 bytes each, the most significant first (IEEE
 * P1363), which PKCS#11 modules return.
 */
final class EcdsaForm {
    /** The size of a signature of IEEE P1363 in bytes. */
    static final int RAW_BYTES = 64;

    private static final int SEQUENCE = 0x30;
    private static final int INTEGER = 0x02;

    private EcdsaForm() {}

    /** Converts 64 bytes to DER, of at most 72 bytes, so that each length is one byte. */
    static byte[] der(byte[] raw) {
        if (raw.length != RAW_BYTES) {
            throw new IllegalStateException("not a signature of IEEE P1363: " + raw.length + " bytes");
        }
        ByteArrayOutputStream numbers = new ByteArrayOutputStream();
        for (int at : new int[] {0, RAW_BYTES / 2}) {
            byte[] number = new BigInteger(1, Arrays.copyOfRange(raw, at, at + RAW_BYTES / 2)).toByteArray();
            numbers.write(INTEGER);
            numbers.write(number.length);
            numbers.writeBytes(number);
        }
        ByteArrayOutputStream der = new ByteArrayOutputStream();
        der.write(SEQUENCE);
        der.write(numbers.size());
        der.writeBytes(numbers.toByteArray());
        return der.toByteArray();
    }
}
