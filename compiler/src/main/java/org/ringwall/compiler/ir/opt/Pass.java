// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.opt;

import java.util.function.UnaryOperator;
import org.ringwall.compiler.ir.Routine;

/**
 * A transformation from a routine to an equivalent one, and the name under which its result is
 * dumped.
 */
public record Pass(String name, UnaryOperator<Routine> step) {}
