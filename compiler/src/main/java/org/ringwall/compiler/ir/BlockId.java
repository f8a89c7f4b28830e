// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

/** The name of a block within its routine. */
public record BlockId(int number) {
    public BlockId {
        if (number < 0) {
            throw new IllegalArgumentException("block " + number);
        }
    }

    @Override
    public String toString() {
        return "b" + number;
    }
}
