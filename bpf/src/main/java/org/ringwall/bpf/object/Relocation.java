// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

/**
 * A relocation: the LD_IMM64 at {@code slot} of its program loads the address of a map
 * ({@code addend} 0) or of byte {@code addend} of a data section.
 *
 * @param symbol the name of a map, or of a section such as `.rodata`
 */
public record Relocation(int slot, String symbol, int addend) {
    public Relocation {
        Checks.that(slot >= 0, "slot is negative");
        Checks.name(symbol);
        Checks.that(addend >= 0, "addend is negative");
    }
}
