/**
 * The passes over the intermediate representation, and their pipeline.
 *
 * <p>Input and output are equivalent {@link org.ringwall.compiler.ir.Routine}s; each result is
 * checked. The package must not know policies, registers or machine instructions.
 */
@NullMarked
package org.ringwall.compiler.ir.opt;

import org.jspecify.annotations.NullMarked;
