/**
 * One program as blocks of single-assignment values: what is read, compared and returned, before registers.
 *
 * <p>Comes in: a {@link org.ringwall.compiler.diagram.HookDecision} and the policy whose rules it names. Goes out: a
 * {@link org.ringwall.compiler.ir.Routine} that has passed {@link org.ringwall.compiler.ir.IrChecker}, whose jumps all go
 * forward. Must not know registers, machine instructions, sections or maps; of the hook it knows the context's fields.
 */
@NullMarked
package org.ringwall.compiler.ir;

import org.jspecify.annotations.NullMarked;
