/**
 * The bypasses of each intent block, and their status under a given policy.
 *
 * <p>The input is a policy with its diagrams. The output is the catalogue of bypasses, a report for
 * each bypass and block ({@link org.ringwall.compiler.report.ReachReport}), and the check of
 * {@code --require-covered}. The package must not know instructions, the machine or a kernel;
 * {@code conformance.bypass} proves the catalogue with real system calls.
 *
 * <p>A new bypass is one entry in the class of the block that it bypasses, and one driver in
 * {@code conformance.bypass}.
 */
@NullMarked
package org.ringwall.compiler.bypass;

import org.jspecify.annotations.NullMarked;
