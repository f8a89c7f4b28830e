package org.ringwall.compiler.codegen;

import org.ringwall.bpf.insn.Reg;

/**
 * An operand of an operation on state, as it lies in a register.
 *
 * @param network whether its bytes lie in network order, so that what writes them in that order has nothing to do but to store them
 */
record Lying(Reg reg, boolean network) {}
