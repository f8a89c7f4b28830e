package org.ringwall.bpf.elf;

/** The place {@code offset} bytes into a section depends on the symbol; the addend is what is there. */
public record ElfRelocation(long offset, int symbol, int type) {}
