package org.ringwall.compiler.ir;

import java.util.function.UnaryOperator;

/** A step from routine to routine that means the same, with the name under which it is dumped. */
record Pass(String name, UnaryOperator<Routine> step) {}
