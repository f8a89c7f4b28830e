// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen.peephole;

/** Removes `r0 = number` if r0 is dead afterwards. */
final class DeadReturnValues {
    private DeadReturnValues() {}

    static Code apply(Code code) {
        boolean[] kept = new boolean[code.size()];
        for (int i = 0; i < code.size(); i++) {
            kept[i] = code.at(i).answer().isEmpty() || !code.isFree(i + 1);
        }
        return code.only(kept);
    }
}
