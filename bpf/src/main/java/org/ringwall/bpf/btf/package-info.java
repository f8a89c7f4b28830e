/**
 * BPF Type Format as values: all nineteen kinds, read, built, written and printed.
 *
 * <p>Comes in: the bytes of a `.BTF` section or of the kernel's own type information, or types added to a builder. Goes
 * out: the same two, and text in bpftool's raw form. Must not know ELF, programs, maps or data sections.
 */
@NullMarked
package org.ringwall.bpf.btf;

import org.jspecify.annotations.NullMarked;
