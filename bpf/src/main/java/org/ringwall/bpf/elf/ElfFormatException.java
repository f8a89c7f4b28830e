// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

/**
 * Thrown for bytes that are not an ELF64 relocatable file for BPF; the message says what is wrong
 * and where.
 */
public final class ElfFormatException extends Exception {
    private static final long serialVersionUID = 1;

    ElfFormatException(String message) {
        super(message);
    }
}
