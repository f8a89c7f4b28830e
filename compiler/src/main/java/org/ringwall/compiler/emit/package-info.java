/**
 * The object of a policy, as specified in docs/abi.md section 1.
 *
 * <p>The input is a policy and the code for each of its hooks. The output is one
 * {@link org.ringwall.bpf.object.BpfObject}, equal for equal input. The package must not know
 * diagrams, values or registers, nor the layout of ELF.
 */
@NullMarked
package org.ringwall.compiler.emit;

import org.jspecify.annotations.NullMarked;
