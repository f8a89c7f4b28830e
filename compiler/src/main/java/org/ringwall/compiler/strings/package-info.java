/**
 * Classification of strings by deterministic automata.
 *
 * <p>The input is the patterns that a hook's guards compare one string with. The output is a
 * {@link org.ringwall.compiler.strings.Classifier}, which numbers the sets of patterns that a
 * string can match, and the minimal automaton that yields these numbers. The package must not know
 * policies, hooks, diagrams or instructions.
 */
@NullMarked
package org.ringwall.compiler.strings;

import org.jspecify.annotations.NullMarked;
