// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.flow;

/**
 * The facts of an analysis, and their join where paths meet. Values are immutable and compared with
 * {@code equals}; every chain of joins ends.
 */
public interface Lattice<V> {
    /** Returns the fact of unreachable code; joining it changes nothing. */
    V bottom();

    /** Returns the fact that covers both. */
    V join(V left, V right);
}
