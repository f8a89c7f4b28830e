// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.nio.ByteOrder;
import java.util.Locale;

/** The byte order of the machines that run an object, as named in options. */
enum Endian {
    LITTLE(ByteOrder.LITTLE_ENDIAN),
    BIG(ByteOrder.BIG_ENDIAN);

    private final ByteOrder order;

    Endian(ByteOrder order) {
        this.order = order;
    }

    ByteOrder order() {
        return order;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
