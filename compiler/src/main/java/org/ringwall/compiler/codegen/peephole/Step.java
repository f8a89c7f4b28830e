// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

import java.util.function.UnaryOperator;

/** A named peephole step. */
record Step(String name, UnaryOperator<Code> code) {}
