/**
 * What the primitives of a program cost on this machine: the figures that a compiler's choice of forms rests on.
 *
 * <p>Comes in: nothing. Goes out: a table. Must not know any policy.
 */
@NullMarked
package org.ringwall.bench.calibrate;

import org.jspecify.annotations.NullMarked;
