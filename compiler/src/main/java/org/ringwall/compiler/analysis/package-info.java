/**
 * Analyses of a policy by its diagrams alone, for every request and every value of its params.
 *
 * <p>Comes in: diagrams. Goes out: reports as values and as text. Must not know instructions, the
 * machine or a kernel.
 */
@NullMarked
package org.ringwall.compiler.analysis;

import org.jspecify.annotations.NullMarked;
