/**
 * One program as blocks of single-assignment values: what is read, compared and returned, before registers.
 *
 * <p>Here are the instructions, ends and blocks, what checks, prints and reads them, and how new ones are made. Must not
 * know diagrams' shape, passes, registers, machine instructions, sections or maps' numbers; of the hook it knows the context's
 * fields.
 */
@NullMarked
package org.ringwall.compiler.ir;

import org.jspecify.annotations.NullMarked;
