/**
 * Read-only data that programs look numbers and strings up in, and what a look costs.
 *
 * <p>Comes in: intervals or points and their classes. Goes out: bytes for `.rodata` in either byte order. Must not know what
 * the numbers mean, nor instructions or blocks.
 */
@NullMarked
package org.ringwall.compiler.table;

import org.jspecify.annotations.NullMarked;
