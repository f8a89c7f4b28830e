/**
 * The forms of a switch with their costs, and the choice between them (docs/lowering.md).
 *
 * <p>The input is a {@link org.ringwall.compiler.ir.Routine} with switches. The output is an
 * equivalent routine without them. The package must not know policies, diagrams or registers.
 */
@NullMarked
package org.ringwall.compiler.ir.switches;

import org.jspecify.annotations.NullMarked;
