/**
 * The list of passes from what lowering makes to what code is generated from, and the passes.
 *
 * <p>Comes in and goes out: a {@link org.ringwall.compiler.ir.Routine} that decides the same; it is checked after each. Must
 * not know policies, registers or machine instructions.
 */
@NullMarked
package org.ringwall.compiler.pass;

import org.jspecify.annotations.NullMarked;
