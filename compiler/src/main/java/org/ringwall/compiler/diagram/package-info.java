/**
 * Decision diagrams over the raw context fields, one for each hook.
 *
 * <p>The input is a typed policy. The output is a {@link HookDecision} for every hook that the
 * policy needs: hash-consed, ordered and reduced, with mapped addresses, the "any" destination,
 * `tcp` and the bits of a device access already folded in. The package must not know instructions,
 * registers, the reference evaluator or the syntax tree.
 */
@NullMarked
package org.ringwall.compiler.diagram;

import org.jspecify.annotations.NullMarked;
