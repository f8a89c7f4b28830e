/**
 * The cost of a program's primitives on this machine: the figures on which the compiler's cost
 * model is based.
 *
 * <p>In: nothing. Out: figures. It must not know any policy.
 */
@NullMarked
package org.ringwall.bench.calibrate;

import org.jspecify.annotations.NullMarked;
