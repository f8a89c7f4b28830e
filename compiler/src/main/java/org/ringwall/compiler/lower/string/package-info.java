/**
 * From a string to what its class leads to: words from the beginning, words from the end, and a table for the rest.
 *
 * <p>Comes in: a {@link org.ringwall.compiler.strings.Classifier} and the block of each class. Goes out: the blocks that lead from one
 * to the other, the table among them. {@link org.ringwall.compiler.lower.string.StringSwitch} is the way in. Must not know the diagram's
 * nodes, rules or ends.
 */
@NullMarked
package org.ringwall.compiler.lower.string;

import org.jspecify.annotations.NullMarked;
