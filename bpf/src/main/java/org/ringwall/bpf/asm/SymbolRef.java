package org.ringwall.bpf.asm;

/**
 * The two-slot load at `slot` wants the address of the symbol `name`, plus `addend` bytes. Until it is resolved the
 * instruction loads a plain 0: the addend is here alone.
 */
public record SymbolRef(int slot, String name, int addend) {
    public SymbolRef {
        if (slot < 0 || name.isEmpty() || addend < 0) {
            throw new IllegalArgumentException("slot %d, symbol `%s`, addend %d".formatted(slot, name, addend));
        }
    }
}
