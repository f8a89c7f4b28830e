package org.ringwall.bpf.btf;

import java.util.Random;

/** Sections with one to three bytes changed: whatever they say, nothing but the one exception may come of reading them. */
final class Mutants {
    static final int COUNT = 50_000;

    /** Reads a section. */
    interface Reading {
        void read(byte[] section) throws BtfFormatException;
    }

    private Mutants() {}

    /** How many of {@link #COUNT} mutants are refused. */
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
