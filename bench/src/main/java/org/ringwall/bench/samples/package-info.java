/**
 * The sample policies beside the same in C: what each of their programs costs, and whether both decide alike.
 *
 * <p>Comes in: the checkout. Goes out: a verdict on each sample, with the kernel's own counters. Must not know the compiler's
 * stages.
 */
@NullMarked
package org.ringwall.bench.samples;

import org.jspecify.annotations.NullMarked;
