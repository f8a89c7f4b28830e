// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.List;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.IntervalSet;

/** The members of a live set: its range, or its content at some moment. */
public sealed interface LiveMembers {
    /** The members of a `net`, or of an `ip`, whose range may also contain prefixes. */
    record Nets(AddressSet set) implements LiveMembers {}

    /** The members of a `device`. */
    record Devices(List<DeviceRange> ranges) implements LiveMembers {
        public Devices {
            ranges = List.copyOf(ranges);
        }
    }

    /** Ports, ids and other numbers. */
    record Numbers(IntervalSet set) implements LiveMembers {}
}
