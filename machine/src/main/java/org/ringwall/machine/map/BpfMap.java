// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import org.ringwall.bpf.object.MapSpec;

/** A map that programs and callers share. */
public sealed interface BpfMap permits KeyedMap, MapOfMaps, Ring, SocketStorage {
    /** Returns its specification. */
    MapSpec spec();

    MapHost host();

    /** Returns the name in the object. */
    default String name() {
        return spec().name();
    }
}
