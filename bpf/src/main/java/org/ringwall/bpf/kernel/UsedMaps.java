package org.ringwall.bpf.kernel;

/** How many maps a program may use: those that its instructions name, data sections among them; maps in maps do not count. */
public final class UsedMaps {
    /** MAX_USED_MAPS in include/linux/bpf_verifier.h; one more is E2BIG (add_used_map in kernel/bpf/verifier.c). */
    public static final int MOST = 64;

    private UsedMaps() {}
}
