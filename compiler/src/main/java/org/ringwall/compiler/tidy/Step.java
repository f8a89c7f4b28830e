package org.ringwall.compiler.tidy;

import java.util.function.UnaryOperator;

/** One thing that makes code shorter, and its name. */
record Step(String name, UnaryOperator<Code> code) {}
