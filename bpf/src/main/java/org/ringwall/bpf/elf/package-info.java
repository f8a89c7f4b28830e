/**
 * ELF64 relocatable files as sections, symbols and relocations, read and written, and the string
 * tables that ELF and BTF share.
 *
 * <p>Input: the bytes of a file, or sections and symbols. Output: the same two. It must not know
 * the meaning of a section.
 */
@NullMarked
package org.ringwall.bpf.elf;

import org.jspecify.annotations.NullMarked;
