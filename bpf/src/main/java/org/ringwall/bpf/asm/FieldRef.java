package org.ringwall.bpf.asm;

import org.ringwall.bpf.kernel.PrivateField;

/** The instruction at `slot` holds the offset of this field, which a loader takes from the running kernel. */
public record FieldRef(int slot, PrivateField field) {
    public FieldRef {
        if (slot < 0) {
            throw new IllegalArgumentException("slot " + slot);
        }
    }
}
