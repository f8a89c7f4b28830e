/**
 * Strings told apart by deterministic automata.
 *
 * <p>Comes in: every pattern that a hook's guards compare one string with. Goes out: a {@link
 * org.ringwall.compiler.strings.Classifier}, which numbers the sets of patterns that a string can match, and the minimal
 * automaton that leads to those numbers. Must not know policies, hooks, diagrams or instructions.
 */
@NullMarked
package org.ringwall.compiler.strings;

import org.jspecify.annotations.NullMarked;
