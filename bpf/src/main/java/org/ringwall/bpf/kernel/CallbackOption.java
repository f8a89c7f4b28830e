package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Optional;

/**
 * Options that `bpf_setsockopt` takes at sock_ops and that no policy may set: the flags by which programs ask for further events of a
 * socket. All programs share one word of flags. A policy that set it would run at events that no rule can name, so that rules
 * without an event would match retransmissions and measurements, and it would take away the events that other programs asked for.
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

    /** The option that include/uapi/linux/bpf.h names so. */
    public static Optional<CallbackOption> named(String name) {
        return Arrays.stream(values())
                .filter(option -> option.name().equals(name))
                .findFirst();
    }

    /** What setsockopt(2) calls `level`. */
    public int level() {
        return level.number();
    }

    /** What setsockopt(2) calls `optname`. */
    public int number() {
        return number;
    }

    /** The first kernel whose helper takes it. */
    public KernelVersion since() {
        return since;
    }
}
