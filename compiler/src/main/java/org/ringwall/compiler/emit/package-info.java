/**
 * The object of a policy, as docs/abi.md section 1 has it.
 *
 * <p>Comes in: a policy and the code for each of its hooks. Goes out: one {@link org.ringwall.bpf.object.BpfObject}, equal
 * for equal input. Must not know diagrams, values or registers, nor how ELF lays anything out.
 */
@NullMarked
package org.ringwall.compiler.emit;

import org.jspecify.annotations.NullMarked;
