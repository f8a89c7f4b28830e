/**
 * What a verdict costs in the kernel, every contestant beside the others.
 *
 * <p>Comes in: workloads. Goes out: a cell for each contestant at each size, with the kernel's own counters, and every verdict
 * checked against the naive walk of the rules. Must not know how a contestant makes its program.
 */
@NullMarked
package org.ringwall.bench.verdict;

import org.jspecify.annotations.NullMarked;
