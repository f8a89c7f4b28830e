/**
 * Lowering of switches on strings: words from the start, words from the end, and a table for the
 * rest.
 *
 * <p>The input is a {@link org.ringwall.compiler.strings.Classifier} and a target block for each
 * class. The output is the blocks between them, including the tables;
 * {@link org.ringwall.compiler.irgen.string.StringSwitch} is the entry point. The package must not
 * know the nodes of the diagram, rules or leaves.
 */
@NullMarked
package org.ringwall.compiler.irgen.string;

import org.jspecify.annotations.NullMarked;
