// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.insn;

/** The width of a memory access or an operation, by the kernel's names. */
public enum Width {
    B(1),
    H(2),
    W(4),
    DW(8);

    private final int bytes;

    Width(int bytes) {
        this.bytes = bytes;
    }

    /** Returns the width of this many bytes: 1, 2, 4 or 8. */
    public static Width ofBytes(int bytes) {
        for (Width width : values()) {
            if (width.bytes == bytes) {
                return width;
            }
        }
        throw new IllegalArgumentException("no access is " + bytes + " bytes wide");
    }

    /** Returns 1, 2, 4 or 8. */
    public int bytes() {
        return bytes;
    }

    /** Returns 8, 16, 32 or 64. */
    public int bits() {
        return bytes * 8;
    }
}
