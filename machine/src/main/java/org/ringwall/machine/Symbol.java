package org.ringwall.machine;

/** What the address in a LD_IMM64 may lead to. */
public sealed interface Symbol permits Segment, MapSymbol {
    /** The name that relocations use. */
    String name();
}
