// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/** The values of r0 with which the verifier lets a program exit, including both ends. */
public record ReturnRange(int min, int max) {
    public ReturnRange {
        if (min > max) {
            throw new IllegalArgumentException("an empty return range");
        }
    }

    /** Returns whether a program may return this value, compared as the whole 64-bit register. */
    public boolean contains(long value) {
        return value >= min && value <= max;
    }

    @Override
    public String toString() {
        return min + ".." + max;
    }
}
