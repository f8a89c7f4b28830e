package org.ringwall.machine.map;

import java.nio.ByteOrder;

/**
 * The host on which maps are.
 *
 * @param order of the numbers in keys, as the index of an array
 * @param cpus how many values an element of a per-CPU map has: the possible CPUs
 */
public record MapHost(ByteOrder order, int cpus) {
    public MapHost {
        if (cpus < 1) {
            throw new IllegalArgumentException("a host of " + cpus + " CPUs");
        }
    }

    /** A host of this byte order with one CPU. */
    public static MapHost of(ByteOrder order) {
        return new MapHost(order, 1);
    }
}
