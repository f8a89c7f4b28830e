/**
 * One interval decision diagram per hook: the optimiser's input, and what analysis walks.
 *
 * <p>Comes in: a typed policy. Goes out: a {@link HookDecision} for every hook that the policy needs, hash-consed,
 * ordered and reduced, over the raw fields of that hook's context: normalisation of addresses, the "any" destination,
 * `tcp` and the bits of a device access are folded in here, so that no program computes them at run time. Must not know
 * instructions, registers, the reference evaluator or the syntax tree.
 */
@NullMarked
package org.ringwall.compiler.diagram;

import org.jspecify.annotations.NullMarked;
