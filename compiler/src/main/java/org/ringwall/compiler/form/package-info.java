/**
 * How a switch becomes code: every form with its price, and the choice between them (docs/lowering.md).
 *
 * <p>Comes in: a {@link org.ringwall.compiler.ir.Routine} with switches. Goes out: one with none, which decides the same. Must
 * not know policies or diagrams, nor registers.
 */
@NullMarked
package org.ringwall.compiler.form;

import org.jspecify.annotations.NullMarked;
