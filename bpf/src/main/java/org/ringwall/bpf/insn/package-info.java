/**
 * The BPF instruction set as values: RFC 9669 up to cpu v4.
 *
 * <p>Input: encoded slots, text in the notation of the kernel's log, or constructor calls. Output:
 * the same three. It must not know programs, hooks, maps or where an instruction came from.
 */
@NullMarked
package org.ringwall.bpf.insn;

import org.jspecify.annotations.NullMarked;
