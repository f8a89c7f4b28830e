// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

/**
 * A call of a kernel function at {@code slot} of its program. A loader takes the function's BTF id
 * from the running kernel; before, the call has id 0. The object's BTF declares the function as
 * `extern` in the section `.ksyms`.
 */
public record KfuncCall(int slot, String function) {
    public KfuncCall {
        Checks.that(slot >= 0, "slot is negative");
        Checks.name(function);
    }

    /** Returns the same call at another slot. */
    KfuncCall at(int otherSlot) {
        return new KfuncCall(otherSlot, function);
    }
}
