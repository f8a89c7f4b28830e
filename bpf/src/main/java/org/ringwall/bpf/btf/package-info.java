/**
 * The BPF Type Format as values: all nineteen kinds, read, built, written and printed.
 *
 * <p>Input: the bytes of a `.BTF` section or of the kernel's type information, or types added to a
 * builder. Output: the same two, and text in bpftool's raw form. It must not know ELF, programs,
 * maps or data sections.
 */
@NullMarked
package org.ringwall.bpf.btf;

import org.jspecify.annotations.NullMarked;
