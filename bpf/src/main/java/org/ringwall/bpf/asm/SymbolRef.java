package org.ringwall.bpf.asm;

/**
 * The two-slot load at `slot` wants the address of the symbol `name`, plus `addend` bytes. The instruction already holds
 * `addend` in the immediate of its first slot, where R_BPF_64_64 keeps its implicit addend.
 */
public record SymbolRef(int slot, String name, int addend) {
    public SymbolRef {
        if (slot < 0 || name.isEmpty() || addend < 0) {
            throw new IllegalArgumentException("slot %d, symbol `%s`, addend %d".formatted(slot, name, addend));
        }
    }
}
