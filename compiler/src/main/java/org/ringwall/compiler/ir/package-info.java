/**
 * The intermediate representation: one program as basic blocks of values in single-assignment form,
 * before register allocation.
 *
 * <p>The package contains the instructions, terminators and blocks, their checker, printer and
 * parser, and builders for new code. It must not know the shape of diagrams, passes, registers,
 * machine instructions, sections or map numbers. Of the hook it knows the fields of the context.
 */
@NullMarked
package org.ringwall.compiler.ir;

import org.jspecify.annotations.NullMarked;
