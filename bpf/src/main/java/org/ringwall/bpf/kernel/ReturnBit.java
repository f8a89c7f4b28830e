// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

/** The meaning of bit 1 (value 2) of a hook's return value. */
public enum ReturnBit {
    /** No such bit: a return value above 1 is rejected. */
    NONE(""),
    /**
     * Bind may skip CAP_NET_BIND_SERVICE. It is combined by OR over all programs, so it is an
     * effect, not a verdict: BIND_NO_CAP of `__cgroup_bpf_run_filter_sock_addr`, from 5.12 on.
     */
    BIND_WITHOUT_CAPABILITY("unprivileged"),
    /**
     * The packet is passed, or dropped, with a congestion notification:
     * BPF_PROG_CGROUP_INET_EGRESS_RUN_ARRAY.
     */
    CONGESTION("congested");

    /** The bit in the return value. */
    public static final int VALUE = 2;

    private final String word;

    ReturnBit(String word) {
        this.word = word;
    }

    /** Returns how policies write it after a verdict; empty for none. */
    public String word() {
        return word;
    }
}
