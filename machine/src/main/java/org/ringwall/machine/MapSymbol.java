// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import org.ringwall.machine.map.BpfMap;

/** A map by its name in a program. Programs with the same map share its content. */
public record MapSymbol(String name, BpfMap map) implements Symbol {
    /** Returns the map by its own name. */
    public static MapSymbol of(BpfMap map) {
        return new MapSymbol(map.name(), map);
    }
}
