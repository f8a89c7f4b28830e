// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine.map;

import java.nio.ByteOrder;

/**
 * The host of maps.
 *
 * @param order of the numbers in keys, such as the index of an array
 * @param cpus the number of values of a per-CPU element: the possible CPUs
 */
public record MapHost(ByteOrder order, int cpus) {
    public MapHost {
        if (cpus < 1) {
            throw new IllegalArgumentException("a host of " + cpus + " CPUs");
        }
    }

    /** Returns a host of this byte order with one CPU. */
    public static MapHost of(ByteOrder order) {
        return new MapHost(order, 1);
    }
}
