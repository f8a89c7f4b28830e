package org.ringwall.bpf.asm;

import org.ringwall.bpf.kernel.Kfunc;

/** The call at `slot` goes to this function of the kernel, whose id a loader takes from the running kernel. */
public record KfuncRef(int slot, Kfunc function) {
    public KfuncRef {
        if (slot < 0) {
            throw new IllegalArgumentException("slot " + slot);
        }
    }
}
