/**
 * Lowering of decision diagrams to the intermediate representation.
 *
 * <p>The input is a {@link org.ringwall.compiler.diagram.HookDecision} and the policy that its
 * rules belong to. The output is a {@link org.ringwall.compiler.ir.Routine} with a block for each
 * node, forward jumps only, and switches that have no form yet; strings are lowered by
 * {@link org.ringwall.compiler.irgen.string}. The package must not know forms, registers or machine
 * instructions.
 */
@NullMarked
package org.ringwall.compiler.irgen;

import org.jspecify.annotations.NullMarked;
