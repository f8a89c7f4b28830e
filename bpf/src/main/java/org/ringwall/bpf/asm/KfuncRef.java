// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

import org.ringwall.bpf.kernel.Kfunc;

/**
 * The kernel function that the call at `slot` calls, whose id a loader takes from the running
 * kernel.
 */
public record KfuncRef(int slot, Kfunc function) {
    public KfuncRef {
        if (slot < 0) {
            throw new IllegalArgumentException("slot " + slot);
        }
    }
}
