// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** A node of the syntax tree, which knows its span in the source. */
public interface Node {
    /** Returns the source text of the node. */
    Span span();
}
