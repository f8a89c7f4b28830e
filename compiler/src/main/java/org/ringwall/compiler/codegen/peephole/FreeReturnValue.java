// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

/** A liveness analysis of r0. */
final class FreeReturnValue {
    private FreeReturnValue() {}

    /**
     * For each place and the end: whether r0 is written on every path from there before it is read.
     */
    static boolean[] of(Code code) {
        boolean[] free = new boolean[code.size() + 1];
        for (int i = code.size() - 1; i >= 0; i--) {
            Item item = code.at(i);
            boolean next = !item.falls() || free[i + 1];
            // The target of a backward jump is not known yet, and assumed to be live.
            boolean there = !code.isJump(i) || free[code.target(i)];
            free[i] = !item.readsAnswer() && (item.writesAnswer() || next && there);
        }
        return free;
    }
}
