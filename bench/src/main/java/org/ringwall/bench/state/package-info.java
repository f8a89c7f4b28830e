/**
 * What counting, live sets, rates, records and redirects cost in the kernel, ours beside C that does the same.
 *
 * <p>Comes in: the checkout. Goes out: a figure for each contestant of each case, with the kernel's own counters, every verdict
 * and every effect checked. Must not know the compiler's stages.
 */
@NullMarked
package org.ringwall.bench.state;

import org.jspecify.annotations.NullMarked;
