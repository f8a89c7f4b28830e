// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Optional;

/**
 * Options that `bpf_setsockopt` accepts at sock_ops and that no policy may set: the flags by which
 * programs request further events of a socket.
 *
 * <p>All programs share one word of flags. A policy that set it would run at events that no rule
 * can name, so that rules without an event would match retransmissions and measurements. It would
 * also clear the events that other programs requested.
 */
public enum CallbackOption {
    TCP_BPF_SOCK_OPS_CB_FLAGS(SocketLevel.TCP, 1008, new KernelVersion(6, 12)),
    SK_BPF_CB_FLAGS(SocketLevel.SOCKET, 1009, new KernelVersion(6, 14));

    private final SocketLevel level;
    private final int number;
    private final KernelVersion since;

    CallbackOption(SocketLevel level, int number, KernelVersion since) {
        this.level = level;
        this.number = number;
        this.since = since;
    }

    /** Returns the option with this name in include/uapi/linux/bpf.h. */
    public static Optional<CallbackOption> named(String name) {
        return Arrays.stream(values())
                .filter(option -> option.name().equals(name))
                .findFirst();
    }

    /** Returns the `level` argument of setsockopt(2). */
    public int level() {
        return level.number();
    }

    /** Returns the `optname` argument of setsockopt(2). */
    public int number() {
        return number;
    }

    /** Returns the first kernel whose helper accepts it. */
    public KernelVersion since() {
        return since;
    }
}
