// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

/**
 * A symbol.
 *
 * @param section the index of its section; 0 if it is undefined, from 0xff00 on if it is in none
 * @param value bytes from the start of the section
 * @param size in bytes
 */
public record ElfSymbol(String name, Kind kind, Binding binding, int section, long value, long size) {
    /** The kind of a symbol; the ordinal is the encoding. */
    public enum Kind {
        NOTYPE,
        OBJECT,
        FUNC,
        SECTION,
        FILE,
        /** Any other number. */
        OTHER
    }

    /** The visibility of a symbol; the ordinal is the encoding. */
    public enum Binding {
        LOCAL,
        GLOBAL,
        WEAK,
        /** Any other number. */
        OTHER
    }

    /** Returns whether it is defined in the section with this index. */
    public boolean in(int index) {
        return section == index && index != 0;
    }
}
