package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** Anything in the tree: it knows where it stands in the text. */
public interface Node {
    /** The words that it was read from. */
    Span span();
}
