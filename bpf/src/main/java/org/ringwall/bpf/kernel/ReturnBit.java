package org.ringwall.bpf.kernel;

/** What bit 1 (value 2) of a hook's return value means, where it means anything. */
public enum ReturnBit {
    /** No such bit: a return value above 1 is refused. */
    NONE(""),
    /**
     * Bind may skip CAP_NET_BIND_SERVICE. Ored over all programs, so it is an effect, not a verdict: BIND_NO_CAP of
     * `__cgroup_bpf_run_filter_sock_addr`, from 5.12.
     */
    BIND_WITHOUT_CAPABILITY("unprivileged"),
    /** The packet is passed, or dropped, with congestion notice: BPF_PROG_CGROUP_INET_EGRESS_RUN_ARRAY. */
    CONGESTION("congested");

    /** The bit in the return value. */
    public static final int VALUE = 2;

    private final String word;

    ReturnBit(String word) {
        this.word = word;
    }

    /** How policies write it behind a verdict; empty for none. */
    public String word() {
        return word;
    }
}
