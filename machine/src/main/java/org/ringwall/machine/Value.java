// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

/**
 * The content of a register or a stack slot. Pointers are not numbers, so that none can leak or be
 * forged.
 */
sealed interface Value {
    /** A 64-bit number. */
    record Scalar(long bits) implements Value {
        @Override
        public String toString() {
            return Long.toString(bits);
        }
    }

    /**
     * A position in a region.
     *
     * @param lookup the lookup whose result must be compared with 0 before use, or 0 for none
     */
    record Pointer(Region region, long offset, int lookup) implements Value {
        @Override
        public String toString() {
            return offset == 0 ? region.name() : region.name() + (offset < 0 ? "" : "+") + offset;
        }
    }

    /** Returns a pointer that needs no check. */
    static Pointer to(Region region, long offset) {
        return new Pointer(region, offset, 0);
    }
}
