/**
 * ELF64 relocatable files as sections, symbols and relocations, read and written, and the tables of strings that ELF and
 * BTF share.
 *
 * <p>Comes in: the bytes of a file, or sections and symbols. Goes out: the same two. Must not know what a section means.
 */
@NullMarked
package org.ringwall.bpf.elf;

import org.jspecify.annotations.NullMarked;
