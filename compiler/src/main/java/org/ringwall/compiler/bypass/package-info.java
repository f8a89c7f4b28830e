/**
 * The bypasses of each intent block, and what a given policy makes of each.
 *
 * <p>Comes in: a policy and its diagrams. Goes out: the catalogue of ways, a finding for each way and block, reports as
 * values and as text, and the gate of {@code --require-covered}. Must not know instructions, the machine or a kernel;
 * that the catalogue is true is shown by real system calls in {@code conformance.bypass}.
 *
 * <p>A new way is one entry in the class of the block that it goes around, and one driver in {@code conformance.bypass}
 * that takes it.
 */
@NullMarked
package org.ringwall.compiler.bypass;

import org.jspecify.annotations.NullMarked;
