// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.List;
import java.util.Locale;

/** A sequence of code without parameters. */
public enum Intrinsic implements Op {
    /**
     * `ctx.optlen = 0`, the first instruction of any program at getsockopt and setsockopt, even an
     * inert one. The kernel then handles the caller's buffer alone if the value is longer than the
     * program sees (the call would fail with EFAULT) and if getsockopt has failed (5.10 would zero
     * the buffer): `__cgroup_bpf_run_filter_getsockopt` and `_setsockopt` in kernel/bpf/cgroup.c. A
     * negative length, by which another program takes over the call, is kept. The result is the
     * length for guards: that in `ctx.optlen`, or {@link #SHOWN} for a longer value at setsockopt.
     */
    LEAVE_TO_KERNEL(32, true),
    /** Finds a source route before the packet is opened; also in {@link PacketFrame#ROUTED}. */
    FIND_ROUTE(8, true),
    /** At sock_create, stores a stamp unless there is one; 0 if the kernel cannot. */
    STAMP_SOCKET(1, true),
    /** The address of the socket's stamp or 0; also stored at {@link Stamp#ADDRESS}. */
    LOAD_STAMP(64, true),
    /**
     * Whether this generation is the newest (bit 0), and whether the instance is in monitor mode
     * now (bit 1). The result is also stored at {@link StateFrame#GENERATION_STATE}.
     */
    GENERATION_STATE(2, true),
    /**
     * At bind, post_bind and connect: 1 if the caller is known, else 0. The caller is the calling
     * task, unless that is a kernel worker; then it is the creator of the MPTCP socket of which
     * this one is a subflow, and from here on {@link Op.CallIdentity} and similar operations read
     * that socket's stamp.
     */
    CALLER(1, true),
    /**
     * Stores the number of segments and bytes that the packet counts as at
     * {@link StateFrame#SEGMENTS} and {@link StateFrame#SEGMENT_BYTES}; no result.
     */
    SEGMENTS(1, true),
    /** The time, CLOCK_BOOTTIME in ns. */
    NOW(64, false),
    /**
     * At sendmsg4 of an AF_INET6 socket: 1 if it is a UDP socket that is connected to the request's
     * destination, else 0. The kernel runs the program for a send from such a socket even if the
     * caller gave no destination (`udpv6_sendmsg`).
     */
    CONNECTED(1, false),
    /** Submits the record to the ring. */
    SUBMIT(1, true),
    /**
     * Stores the frame's original and final destination with the socket: 1, or 0 if the kernel
     * cannot store them.
     */
    REMEMBER(1, true),
    /**
     * 1 if the socket was redirected to the frame's final destination, else 0. If so, the original
     * destination is stored in the frame.
     */
    RECALL(1, true),
    /** Deletes the socket's record of a redirect to the frame's final destination. */
    DROP_ORIGINAL(1, true),
    /**
     * At sock_ops: passes the original destination of a redirected client on when the connection is
     * established; the accepting side stores it with its socket
     * ({@link org.ringwall.bpf.state.OriginalDestinationTransfer}).
     */
    HAND_OVER(1, true),
    /**
     * At sock_ops: marks the socket of an established connection, and has the kernel report its
     * changes of state. At the end of a marked connection, stores how many bytes of data it has
     * sent and received at {@link StateFrame#SENT} and {@link StateFrame#RECEIVED}, which are 0 at
     * other events. The result is 0 at other changes of state, else 1.
     */
    FOLLOW(1, true),
    /**
     * At getsockopt: answers with the original destination of the socket's client, if that option
     * is read and the destination is known.
     */
    ANSWER_ORIGINAL(1, true);

    /** The most bytes of an option's value that a program sees: PAGE_SIZE with 4 KiB pages. */
    public static final int SHOWN = 4096;

    /**
     * The result of {@link #GENERATION_STATE} for the newest generation, not monitored: tokens are
     * taken, and effects are performed.
     */
    public static final int ACTS = 1;

    private final int bits;
    private final boolean acts;

    Intrinsic(int bits, boolean acts) {
        this.bits = bits;
        this.acts = acts;
    }

    @Override
    public int bits(List<Integer> operands) {
        return bits;
    }

    @Override
    public boolean acts() {
        return acts;
    }

    /** Returns the word of the printed form. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String text(List<Value> operands) {
        return word();
    }

    @Override
    public <R> R accept(Visitor<R> visitor, Instruction in) {
        return visitor.intrinsic(this, in);
    }
}
