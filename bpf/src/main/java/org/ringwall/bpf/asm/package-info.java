/**
 * The assembler: code with labels, symbols and source marks becomes instructions with distances.
 *
 * <p>Input: {@link org.ringwall.bpf.asm.CodeElement}s in order, mostly through the emitters of
 * {@link org.ringwall.bpf.asm.Assembler}. Output: an immutable
 * {@link org.ringwall.bpf.asm.Assembly}. It must not know the meaning of symbols and source lines,
 * nor sections, programs or hooks.
 */
@NullMarked
package org.ringwall.bpf.asm;

import org.jspecify.annotations.NullMarked;
