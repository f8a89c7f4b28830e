/**
 * Machine code for a routine.
 *
 * <p>Comes in: a {@link org.ringwall.compiler.ir.Routine} after all passes, and the {@link
 * org.ringwall.compiler.codegen.Target}. Goes out: one {@link org.ringwall.bpf.asm.Assembly} with a line mark
 * for each block, in instructions that every kernel of the target knows. Must not know policies, diagrams, sections or BTF.
 */
@NullMarked
package org.ringwall.compiler.codegen;

import org.jspecify.annotations.NullMarked;
