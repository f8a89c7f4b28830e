package org.ringwall.compiler.policy;

import java.util.List;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.IntervalSet;

/** Members of a live set: its range, or what it holds at some moment. */
public sealed interface LiveMembers {
    /** Of a `net`, or of an `ip`, whose range has prefixes too. */
    record Nets(AddressSet set) implements LiveMembers {}

    /** Of a `device`. */
    record Devices(List<DeviceRange> ranges) implements LiveMembers {
        public Devices {
            ranges = List.copyOf(ranges);
        }
    }

    /** Ports and ids. */
    record Numbers(IntervalSet set) implements LiveMembers {}
}
