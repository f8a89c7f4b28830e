/**
 * Peephole steps that shorten jumps, ends and return values.
 *
 * <p>Input and output are equivalent code with labels, before its layout. The package must not know
 * where the code comes from: neither policies nor the values of a routine.
 */
@NullMarked
package org.ringwall.compiler.codegen.peephole;

import org.jspecify.annotations.NullMarked;
