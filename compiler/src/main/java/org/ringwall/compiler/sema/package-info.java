/**
 * The semantic checks that turn a syntax tree into the typed policy, as specified in
 * docs/semantics.md.
 *
 * <p>The input is a tree without syntax errors, and the target kernels. The output is the typed
 * policy or all its errors, and warnings. The package must not know the parser, the diagram, or the
 * code that is generated.
 */
@NullMarked
package org.ringwall.compiler.sema;

import org.jspecify.annotations.NullMarked;
