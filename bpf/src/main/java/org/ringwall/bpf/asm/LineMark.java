package org.ringwall.bpf.asm;

/** From `slot` on, up to the next mark, code comes from `mark`. */
public record LineMark(int slot, SourceLine mark) {
    public LineMark {
        if (slot < 0) {
            throw new IllegalArgumentException("slot " + slot);
        }
    }
}
