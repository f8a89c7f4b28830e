/**
 * Turns the tree into the typed policy, as docs/semantics.md says.
 *
 * <p>Comes in: a tree without errors of form, and the kernels that are meant. Goes out: the typed policy, or all that is
 * wrong with it at once; and warnings. Must not know the parser, the diagram, or what is emitted.
 */
@NullMarked
package org.ringwall.compiler.check;

import org.jspecify.annotations.NullMarked;
