/**
 * The typed policy: what the checker gives and everything after it reads.
 *
 * <p>Comes in: nothing; these are values. Goes out: the same values to the reference evaluator, the diagram and the test
 * runner. Must not know the syntax tree, the diagram, or how anything is compiled.
 */
@NullMarked
package org.ringwall.compiler.policy;

import org.jspecify.annotations.NullMarked;
