package org.ringwall.compiler.ast;

import org.ringwall.compiler.source.Span;

/** `100/s`: so many in a second, a minute or an hour; the number and the unit are not yet known to fit. */
public record Pace(String text, Span span) implements Node {}
