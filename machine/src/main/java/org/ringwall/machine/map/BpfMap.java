package org.ringwall.machine.map;

import org.ringwall.bpf.object.MapSpec;

/** A map that programs and callers share. */
public sealed interface BpfMap permits KeyedMap, MapOfMaps, Ring, SocketStorage {
    /** What it was made from. */
    MapSpec spec();

    /** The host that it is on. */
    MapHost host();

    /** The name in the object. */
    default String name() {
        return spec().name();
    }
}
