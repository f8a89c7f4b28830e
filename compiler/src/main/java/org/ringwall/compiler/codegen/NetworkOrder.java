// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import org.ringwall.compiler.ir.Swap;

/** Constants in network byte order. */
final class NetworkOrder {
    private NetworkOrder() {}

    /**
     * Returns the number whose store from a register, on a machine of this byte order, leaves these
     * bits in network order.
     */
    static long stored(long number, Swap swap, ByteOrder machine) {
        if (machine == ByteOrder.BIG_ENDIAN) {
            return number;
        }
        return switch (swap) {
            case NONE -> number;
            case BE16 -> Short.toUnsignedLong(Short.reverseBytes((short) number));
            case BE32 -> Integer.toUnsignedLong(Integer.reverseBytes((int) number));
            case BE64 -> Long.reverseBytes(number);
        };
    }
}
