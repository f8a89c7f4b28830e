// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

import org.ringwall.bpf.kernel.PrivateField;

/**
 * The field whose offset the instruction at `slot` contains, which a loader takes from the running
 * kernel.
 */
public record FieldRef(int slot, PrivateField field) {
    public FieldRef {
        if (slot < 0) {
            throw new IllegalArgumentException("slot " + slot);
        }
    }
}
