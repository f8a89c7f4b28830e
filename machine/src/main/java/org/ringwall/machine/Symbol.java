// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

/** The target of an address in a LD_IMM64. */
public sealed interface Symbol permits Segment, MapSymbol {
    /** Returns the name that relocations use. */
    String name();
}
