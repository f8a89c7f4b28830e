// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.elf;

/** A relocation at {@code offset} bytes of a section. The addend is stored there. */
public record ElfRelocation(long offset, int symbol, int type) {}
