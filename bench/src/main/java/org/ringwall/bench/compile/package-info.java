/**
 * What compiling costs, beside clang.
 *
 * <p>Comes in: the checkout. Goes out: a table. Must not know the compiler's stages.
 */
@NullMarked
package org.ringwall.bench.compile;

import org.jspecify.annotations.NullMarked;
