/**
 * Code generation: BPF instructions for a routine.
 *
 * <p>The input is a {@link org.ringwall.compiler.ir.Routine} after all passes, and the
 * {@link org.ringwall.compiler.codegen.Target}. The output is one
 * {@link org.ringwall.bpf.asm.Assembly} with a line mark for each block, in instructions that every
 * kernel of the target knows. The package must not know policies, diagrams, sections or BTF.
 */
@NullMarked
package org.ringwall.compiler.codegen;

import org.jspecify.annotations.NullMarked;
