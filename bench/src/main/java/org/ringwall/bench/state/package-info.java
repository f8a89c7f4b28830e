/**
 * The cost of counters, live sets, rates, records and redirects in the kernel, compared with
 * equivalent C.
 *
 * <p>In: the checkout. Out: a figure for each contestant of each case, with the kernel's own
 * statistics, and every verdict and effect checked. It must not know the stages of the compiler.
 */
@NullMarked
package org.ringwall.bench.state;

import org.jspecify.annotations.NullMarked;
