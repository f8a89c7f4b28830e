package org.ringwall.compiler.tidy;

import java.util.function.UnaryOperator;

/** A named peephole step. */
record Step(String name, UnaryOperator<Code> code) {}
