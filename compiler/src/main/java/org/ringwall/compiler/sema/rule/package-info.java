/**
 * The blocks of rules: verdicts, effects and reasons.
 *
 * <p>Rules of one block are read in order; what a rule may do depends on the hooks of its block.
 */
@NullMarked
package org.ringwall.compiler.sema.rule;

import org.jspecify.annotations.NullMarked;
