/**
 * The cost of a verdict in the kernel, for all contestants side by side.
 *
 * <p>In: workloads. Out: a cell for each contestant at each size, with the kernel's own statistics,
 * and every verdict checked against a linear evaluation of the rules. It must not know how a
 * contestant builds its program.
 */
@NullMarked
package org.ringwall.bench.verdict;

import org.jspecify.annotations.NullMarked;
