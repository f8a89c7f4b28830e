/**
 * The sample policies compared with equivalent C: the cost of each program, and whether the
 * verdicts agree.
 *
 * <p>In: the checkout. Out: the result of each sample, with the kernel's own statistics. It must
 * not know the stages of the compiler.
 */
@NullMarked
package org.ringwall.bench.samples;

import org.jspecify.annotations.NullMarked;
