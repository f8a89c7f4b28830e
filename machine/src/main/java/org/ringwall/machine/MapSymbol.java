package org.ringwall.machine;

import org.ringwall.machine.map.BpfMap;

/** A map under the name by which a program knows it; programs that have the same map share what is in it. */
public record MapSymbol(String name, BpfMap map) implements Symbol {
    /** The map under its own name. */
    public static MapSymbol of(BpfMap map) {
        return new MapSymbol(map.name(), map);
    }
}
