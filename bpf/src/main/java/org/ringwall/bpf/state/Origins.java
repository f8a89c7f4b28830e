// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import org.ringwall.bpf.kernel.MapFlag;

/**
 * The original destinations of a socket with the redirected ones: the last few pairs.
 *
 * <p>`lock` is not taken, because every program that accesses a socket's pairs runs while its
 * caller owns the socket, so no two run at the same time. For connect, `__inet_stream_connect` runs
 * the hook under `lock_sock` (`sock_owned_by_me` in `tcp_v4_pre_connect`), or
 * `BPF_CGROUP_RUN_PROG_INET4_CONNECT_LOCK` takes it. For sendmsg and recvmsg,
 * `BPF_CGROUP_RUN_PROG_UDP4_SENDMSG_LOCK` and `…_RECVMSG_LOCK` take it
 * (include/linux/bpf-cgroup.h). For getpeername, `inet_getname` takes it. sock_ops of a full socket
 * runs with it (`sock_owned_by_me` in `tcp_call_bpf`, include/net/tcp.h). The same holds for IPv6,
 * and for all kernels from 5.10 on. Programs of earlier releases also took `lock`.
 */
public final class Origins {
    /** The number of pairs that a socket stores. */
    public static final int PAIRS = 4;

    /**
     * A pair: addresses in network byte order, IPv4 as IPv4-mapped; ports in host byte order;
     * `used` is 1.
     */
    public static final StructLayout PAIR = StructLayout.named("ringwall_origin")
            .add("final", StructLayout.Scalar.U8, 16)
            .add("original", StructLayout.Scalar.U8, 16)
            .add("final_port", StructLayout.Scalar.U16)
            .add("original_port", StructLayout.Scalar.U16)
            .add("used", StructLayout.Scalar.U32)
            .build();

    /** The value of the storage: `next` is the pair to be replaced next. */
    public static final StructLayout LAYOUT = StructLayout.named("ringwall_origins")
            .add("lock", StructLayout.Scalar.SPIN_LOCK)
            .add("next", StructLayout.Scalar.U32)
            .add("pair", new StructLayout.Nested(PAIR), PAIRS)
            .build();

    /** The storage. It is not copied to accepted sockets, which connected to nothing. */
    public static final MapDeclaration MAP =
            MapDeclaration.ofSockets(StateNames.ORIGINS, MapFlag.NO_PREALLOC.bit(), LAYOUT);

    private Origins() {}
}
