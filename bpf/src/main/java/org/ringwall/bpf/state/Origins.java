package org.ringwall.bpf.state;

import org.ringwall.bpf.kernel.MapFlag;

/** Where a socket wanted to go, beside where it was redirected to: the last few pairs. */
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
