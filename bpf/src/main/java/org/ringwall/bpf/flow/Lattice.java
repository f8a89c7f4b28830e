package org.ringwall.bpf.flow;

/**
 * What the facts of an analysis are and how two ways that meet combine. Values are immutable and compared with {@code
 * equals}; every chain of joins ends.
 */
public interface Lattice<V> {
    /** The fact where no way leads; joining it changes nothing. */
    V bottom();

    /** The fact that covers both. */
    V join(V left, V right);
}
