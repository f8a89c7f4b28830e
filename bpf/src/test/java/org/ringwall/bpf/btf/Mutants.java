// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import java.util.Random;

/**
 * Sections with one to three bytes changed. Reading one may fail only with the declared exception.
 */
final class Mutants {
    static final int COUNT = 50_000;

    /** A reader of a section. */
    interface Reading {
        void read(byte[] section) throws BtfFormatException;
    }

    private Mutants() {}

    /** Returns how many of {@link #COUNT} mutants are rejected. */
    static int refused(byte[] good, long seed, Reading reading) {
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < COUNT; i++) {
            byte[] bytes = good.clone();
            for (int left = 1 + random.nextInt(3); left > 0; left--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                reading.read(bytes);
            } catch (BtfFormatException e) {
                refused++;
            }
        }
        return refused;
    }
}
