package org.ringwall.bpf.elf;

/** The bytes are no ELF64 relocatable file for BPF; the message says what is wrong and where. */
public final class ElfFormatException extends Exception {
    private static final long serialVersionUID = 1;

    ElfFormatException(String message) {
        super(message);
    }
}
