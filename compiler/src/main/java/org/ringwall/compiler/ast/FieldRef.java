package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** The dotted name of something that a guard looks at: `remote.port`, `uid`; not yet known to exist. */
public record FieldRef(String name, Span span) implements Node {}
