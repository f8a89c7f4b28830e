/**
 * The typed policy, which the checker produces and all later stages read.
 *
 * <p>There is no input, because these are values. They are passed on to the reference evaluator,
 * the diagram and the test runner. The package must not know the syntax tree, the diagram, or how
 * anything is compiled.
 */
@NullMarked
package org.ringwall.compiler.policy;

import org.jspecify.annotations.NullMarked;
