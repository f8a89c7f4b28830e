/**
 * The BPF instruction set as values: RFC 9669 up to cpu v4.
 *
 * <p>Comes in: encoded slots, text in the kernel log's notation, or constructor calls. Goes out: the same three. Must not
 * know programs, hooks, maps or where an instruction came from.
 */
@NullMarked
package org.ringwall.bpf.insn;

import org.jspecify.annotations.NullMarked;
