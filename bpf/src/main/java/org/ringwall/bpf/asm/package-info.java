/**
 * The assembler: code with labels, symbols and source marks becomes instructions with distances.
 *
 * <p>Comes in: {@link org.ringwall.bpf.asm.CodeElement}s in order, mostly through the emitters of {@link
 * org.ringwall.bpf.asm.Assembler}. Goes out: one immutable {@link org.ringwall.bpf.asm.Assembly}. Must not know what a
 * symbol or a source line stands for, nor sections, programs or hooks.
 */
@NullMarked
package org.ringwall.bpf.asm;

import org.jspecify.annotations.NullMarked;
