// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The event for which the kernel runs a sock_ops program: `bpf_sock_ops.op`, the BPF_SOCK_OPS_
 * enumerators of include/uapi/linux/bpf.h. Most events that require a callback flag of the socket
 * (bpf_sock_ops_cb_flags) are left out: RTO, RETRANS, RTT, the header options, the time stamps, and
 * STATE except for {@link #TCP_CLOSED}.
 */
public enum SockOpsEvent {
    /** The reply is the first retransmission timeout of a SYN, in jiffies; -1 for the default. */
    TIMEOUT_INIT(1, true, "BPF_SOCK_OPS_TIMEOUT_INIT"),
    /** The reply is the initial receive window, in packets; -1 for the default. */
    RWND_INIT(2, true, "BPF_SOCK_OPS_RWND_INIT"),
    /** An active connection is about to send its SYN. */
    TCP_CONNECT(3, false, "BPF_SOCK_OPS_TCP_CONNECT_CB"),
    /** A connection that this end initiated is established. */
    ACTIVE_ESTABLISHED(4, false, "BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB"),
    /** A connection that the other end initiated is established. */
    PASSIVE_ESTABLISHED(5, false, "BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB"),
    /** The reply is whether the congestion control needs ECN: 1 if so. */
    NEEDS_ECN(6, true, "BPF_SOCK_OPS_NEEDS_ECN"),
    /**
     * The reply is the base round-trip time, in microseconds, for congestion controls that use it
     * (nv).
     */
    BASE_RTT(7, true, "BPF_SOCK_OPS_BASE_RTT"),
    /**
     * A connection is closed: a change to TCP_CLOSE of a socket that this policy has seen
     * established. `state` is the state before (`tcp_set_state` calls the program first).
     */
    TCP_CLOSED(10, false, "BPF_SOCK_OPS_STATE_CB"),
    /** listen(2). */
    LISTEN(11, false, "BPF_SOCK_OPS_TCP_LISTEN_CB");

    private final int number;
    private final boolean asks;
    private final String kernelName;

    SockOpsEvent(int number, boolean asks, String kernelName) {
        this.number = number;
        this.asks = asks;
        this.kernelName = kernelName;
    }

    /** Returns the event that users write like this. */
    public static Optional<SockOpsEvent> ofWord(String word) {
        return Arrays.stream(values())
                .filter(event -> event.word().equals(word))
                .findFirst();
    }

    /** Returns the value of `op`. */
    public int number() {
        return number;
    }

    /** Returns whether the kernel uses the reply. */
    public boolean asks() {
        return asks;
    }

    /** Returns the enumerator in the kernel's header and BTF. */
    public String kernelName() {
        return kernelName;
    }

    /** Returns how users write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
