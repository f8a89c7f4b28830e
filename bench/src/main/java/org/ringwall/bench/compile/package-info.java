/**
 * The cost of compiling, compared with clang.
 *
 * <p>In: the checkout. Out: figures. It must not know the stages of the compiler.
 */
@NullMarked
package org.ringwall.bench.compile;

import org.jspecify.annotations.NullMarked;
