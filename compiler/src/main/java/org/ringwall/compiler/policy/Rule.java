package org.ringwall.compiler.policy;

import org.ringwall.compiler.source.Span;

/** One rule: when its guard holds for a request and no rule before it did, the verdict is given. */
public record Rule(Verdict verdict, Guard guard, Span span) {}
