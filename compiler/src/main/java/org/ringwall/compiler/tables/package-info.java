/**
 * Read-only tables in which programs look up numbers and strings, and the cost model.
 *
 * <p>The input is intervals or single numbers with their classes. The output is the content of
 * `.rodata` in either byte order. The package must not know the meaning of the numbers,
 * instructions or blocks.
 */
@NullMarked
package org.ringwall.compiler.tables;

import org.jspecify.annotations.NullMarked;
