package org.ringwall.bpf.flow;

import org.ringwall.bpf.insn.Insn;

/** A lattice, and how each instruction changes a fact. {@link DataFlow} solves it in either direction. */
public interface Analysis<V> extends Lattice<V> {
    /**
     * The fact at the rim: forward, before the first instruction of the entry at `slot`; backward, after the instruction at
     * `slot`, which nothing follows.
     */
    V boundary(int slot);

    /** The fact on the other side of the instruction: forward after it, backward before it. */
    V transfer(int slot, Insn insn, V fact);
}
