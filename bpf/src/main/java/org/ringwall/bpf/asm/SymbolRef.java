// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.asm;

/**
 * The symbol `name`, plus `addend` bytes, whose address the two-slot load at `slot` loads. Before
 * it is resolved the instruction loads a plain 0; the addend is only stored here.
 */
public record SymbolRef(int slot, String name, int addend) {
    public SymbolRef {
        if (slot < 0 || name.isEmpty() || addend < 0) {
            throw new IllegalArgumentException("slot %d, symbol `%s`, addend %d".formatted(slot, name, addend));
        }
    }
}
