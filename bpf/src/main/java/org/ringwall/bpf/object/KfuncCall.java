package org.ringwall.bpf.object;

/**
 * The call at {@code slot} of its program goes to this function of the kernel, whose BTF id a loader takes from the running
 * kernel; until then the call has id 0. The object's BTF declares the function as `extern` in the section `.ksyms`.
 */
public record KfuncCall(int slot, String function) {
    public KfuncCall {
        Checks.that(slot >= 0, "slot is negative");
        Checks.name(function);
    }

    /** The same at another slot. */
    KfuncCall at(int otherSlot) {
        return new KfuncCall(otherSlot, function);
    }
}
