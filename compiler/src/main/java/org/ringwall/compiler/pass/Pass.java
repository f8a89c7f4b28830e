package org.ringwall.compiler.pass;

import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.Routine;

/** A step from routine to routine that means the same, with the name under which it is dumped. */
public record Pass(String name, UnaryOperator<Routine> step) {}
