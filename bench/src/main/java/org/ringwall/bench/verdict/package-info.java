/**
 * What a verdict costs in the kernel, beside the same policy in C.
 *
 * <p>Comes in: policies and their C twins. Goes out: a table of the kernel's own counters, with every verdict checked against
 * the reference. Must not know how a policy becomes a program.
 */
@NullMarked
package org.ringwall.bench.verdict;

import org.jspecify.annotations.NullMarked;
