// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

/** The address of byte `addend` of the symbol with this name. */
public record Address(String symbol, int addend) {
    public Address {
        if (symbol.isEmpty() || addend < 0) {
            throw new IllegalArgumentException("symbol `" + symbol + "`, addend " + addend);
        }
    }
}
