/**
 * From what a policy decides at one hook to a routine.
 *
 * <p>Comes in: a {@link org.ringwall.compiler.diagram.HookDecision} and the policy whose rules it names. Goes out: a
 * {@link org.ringwall.compiler.ir.Routine} with a block for each node, whose jumps all go forward and whose switches have no
 * form yet. How strings are told apart stands in {@link org.ringwall.compiler.lower.string}. Must not know forms, registers or machine
 * instructions.
 */
@NullMarked
package org.ringwall.compiler.lower;

import org.jspecify.annotations.NullMarked;
