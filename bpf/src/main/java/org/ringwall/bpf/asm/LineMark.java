// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

/** The source line `mark` of the code from `slot` up to the next mark. */
public record LineMark(int slot, SourceLine mark) {
    public LineMark {
        if (slot < 0) {
            throw new IllegalArgumentException("slot " + slot);
        }
    }
}
