package org.ringwall.bpf.state;

import org.ringwall.bpf.kernel.MapFlag;

/**
 * Where a socket wanted to go, beside where it was redirected to: the last few pairs.
 *
 * <p>`lock` is not taken: every program that looks at a socket's pairs runs while its caller owns the socket, and no two do at the same
 * time. Of connect that is so since `__inet_stream_connect` asks under `lock_sock` (`sock_owned_by_me` in `tcp_v4_pre_connect`), or
 * `BPF_CGROUP_RUN_PROG_INET4_CONNECT_LOCK` takes it; of sendmsg and recvmsg since `BPF_CGROUP_RUN_PROG_UDP4_SENDMSG_LOCK` and
 * `…_RECVMSG_LOCK` do (include/linux/bpf-cgroup.h); of getpeername since `inet_getname` does; and of sock_ops of a full socket
 * (`sock_owned_by_me` in `tcp_call_bpf`, include/net/tcp.h). The same holds of IPv6, and of all kernels from 5.10 on. Programs of earlier
 * releases took the lock too.
 */
public final class Origins {
    /** How many pairs a socket remembers. */
    public static final int PAIRS = 4;

    /** One pair: addresses in network order, v4 as v4-mapped; ports in host order; `used` is 1. */
    public static final StructLayout PAIR = StructLayout.named("ringwall_origin")
            .add("final", StructLayout.Scalar.U8, 16)
            .add("original", StructLayout.Scalar.U8, 16)
            .add("final_port", StructLayout.Scalar.U16)
            .add("original_port", StructLayout.Scalar.U16)
            .add("used", StructLayout.Scalar.U32)
            .build();

    /** All of it: `next` is the pair that makes room. */
    public static final StructLayout LAYOUT = StructLayout.named("ringwall_origins")
            .add("lock", StructLayout.Scalar.SPIN_LOCK)
            .add("next", StructLayout.Scalar.U32)
            .add("pair", new StructLayout.Nested(PAIR), PAIRS)
            .build();

    /** The storage; a socket that is accepted went nowhere. */
    public static final MapDeclaration MAP =
            MapDeclaration.ofSockets(StateNames.ORIGINS, MapFlag.NO_PREALLOC.bit(), LAYOUT);

    private Origins() {}
}
