// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

/**
 * An unsigned 64-bit number that one instruction of a routine defines. Narrower reads are
 * zero-extended.
 */
public record Value(int number) {
    public Value {
        if (number < 0) {
            throw new IllegalArgumentException("value " + number);
        }
    }

    @Override
    public String toString() {
        return "v" + number;
    }
}
