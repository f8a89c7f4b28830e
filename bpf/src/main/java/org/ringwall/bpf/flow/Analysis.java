// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

import org.ringwall.bpf.insn.Insn;

/**
 * A lattice with a transfer function for each instruction. {@link DataFlow} solves it in either
 * direction.
 */
public interface Analysis<V> extends Lattice<V> {
    /**
     * Returns the fact at the boundary: forward, before the first instruction of the entry at
     * `slot`; backward, after the instruction at `slot`, which has no successor.
     */
    V boundary(int slot);

    /**
     * Returns the fact on the other side of the instruction: forward after it, backward before it.
     */
    V transfer(int slot, Insn insn, V fact);
}
