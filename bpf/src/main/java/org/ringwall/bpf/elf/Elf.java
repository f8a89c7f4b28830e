// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

/**
 * The constants of the ELF format (System V gABI chapter 4) and of its BPF supplement (LLVM's
 * ELFRelocs/BPF.def).
 */
public final class Elf {
    /** `e_machine` of BPF. */
    public static final int EM_BPF = 247;

    /** `e_type` of a relocatable file. */
    public static final int ET_REL = 1;

    /** `sh_type`: content of the program. */
    public static final int SHT_PROGBITS = 1;

    /** `sh_type`: symbols. */
    public static final int SHT_SYMTAB = 2;

    /** `sh_type`: strings. */
    public static final int SHT_STRTAB = 3;

    /** `sh_type`: zeros that take no space in the file. */
    public static final int SHT_NOBITS = 8;

    /** `sh_type`: relocations whose addend is stored at the place to relocate. */
    public static final int SHT_REL = 9;

    /** `sh_flags`: writable. */
    public static final long SHF_WRITE = 1;

    /** `sh_flags`: in memory at run time. */
    public static final long SHF_ALLOC = 2;

    /** `sh_flags`: machine code. */
    public static final long SHF_EXECINSTR = 4;

    /** `sh_flags`: `sh_info` is the index of a section. */
    public static final long SHF_INFO_LINK = 0x40;

    /** The 64-bit immediate of a load is the symbol's address plus the stored addend. */
    public static final int R_BPF_64_64 = 1;

    /** The immediate of a call is the distance to the symbol plus the stored addend. */
    public static final int R_BPF_64_32 = 10;

    static final int HEADER_BYTES = 64;
    static final int SECTION_BYTES = 64;
    static final int SYMBOL_BYTES = 24;
    static final int REL_BYTES = 16;

    /** The first reserved section index (SHN_LORESERVE). */
    static final int MAX_SECTIONS = 0xff00;

    private Elf() {}
}
