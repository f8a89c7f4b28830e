// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.U128;

/**
 * Devices of one type (1 block, 2 char) with major and minor numbers in unsigned 32-bit ranges,
 * ends included.
 */
public record DeviceRange(int type, Interval majors, Interval minors) {
    public DeviceRange {
        if (type != 1 && type != 2) {
            throw new IllegalArgumentException("a device is block (1) or char (2)");
        }
    }

    /** Whether the range contains this device. */
    public boolean contains(int otherType, long major, long minor) {
        return type == otherType && majors.contains(U128.of(major)) && minors.contains(U128.of(minor));
    }

    @Override
    public String toString() {
        return (type == 1 ? "block " : "char ") + majors + ":" + minors;
    }
}
