// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.KeyLayout;

/**
 * The stack layout for data that is passed to maps. The offsets from r10 are negative and grow from
 * the bottom of the stack, so that strings, a decoded packet and a stamp at its top stay intact.
 * Words of 8 bytes are written whole before narrower stores: only a full store ends the liveness of
 * a stack slot for the verifier, which otherwise does not merge paths that differ in it.
 */
public final class StateFrame {
    /** The lowest byte of a program's stack (MAX_BPF_STACK in include/linux/filter.h). */
    public static final int BOTTOM = -512;

    /** The key of a map, at most {@link #KEY_BYTES} bytes. */
    public static final int KEY = BOTTOM;

    /** The maximum size of a key. */
    public static final int KEY_BYTES = KeyLayout.MOST_BYTES;

    /** A map value: a new bucket, or the increments of a counter, a u64 for each column. */
    public static final int VALUE = KEY + KEY_BYTES;

    /** The maximum number of columns of a counter. */
    public static final int COLUMNS = CounterLayout.MOST_COLUMNS;

    /** Four words of scratch space for a single operation. */
    public static final int OWN = VALUE + COLUMNS * Long.BYTES;

    /**
     * The result of {@link Intrinsic#GENERATION_STATE}, 32 bits, not at a multiple of 8 (see
     * {@link PacketFrame#FAMILY}).
     */
    public static final int GENERATION_STATE = OWN + 4 * Long.BYTES + Integer.BYTES;

    /** The number of records of the rule that were suppressed before this one. */
    public static final int SUPPRESSED = GENERATION_STATE + Integer.BYTES;

    /** The address of the record that is being written. */
    public static final int RECORD = SUPPRESSED + Long.BYTES;

    /**
     * The pending effects: a bit for each record, and above them the number of the tail that runs
     * after the records.
     */
    public static final int PENDING = RECORD + Long.BYTES;

    /**
     * The final destination of a redirect: 16 bytes in network order, and the port in host order as
     * 32 bits. Only used at hooks of sockets.
     */
    public static final int FINAL = PENDING + Long.BYTES;

    /** The original destination, in the same form. */
    public static final int ORIGINAL = FINAL + 24;

    /** The offset of the port from {@link #FINAL} and {@link #ORIGINAL}. */
    public static final int PORT = 16;

    /**
     * The number of segments of a packet, a u64. It and {@link #SEGMENT_BYTES} are only used at
     * hooks of packets, above the pending words there.
     */
    public static final int SEGMENTS = ORIGINAL + 8;

    /** The number of bytes of these segments, a u64. */
    public static final int SEGMENT_BYTES = SEGMENTS + Long.BYTES;

    /**
     * The globs that match the string, and those that its known part does not exclude, a u64 each
     * ({@link StringOp.MatchGlobs}); only at hooks of sysctls and of Unix sockets.
     */
    public static final int MATCHED = SEGMENTS;

    /** The second of these words. */
    public static final int MAY_MATCH = SEGMENT_BYTES;

    /** At sock_ops: the bytes of data that a closed connection has sent, a u64. */
    public static final int SENT = SEGMENTS;

    /** At sock_ops: the bytes of data that a closed connection has received, a u64. */
    public static final int RECEIVED = SEGMENT_BYTES;

    /**
     * The number of further {@link #PENDING} words. At hooks of socket addresses they are above all
     * this, elsewhere at {@link #FINAL}.
     */
    public static final int MORE_PENDING = 4;

    /** The end of the layout. */
    public static final int TOP = ORIGINAL + 24 + MORE_PENDING * Long.BYTES;

    /**
     * The result of {@link Intrinsic#LEAVE_TO_KERNEL}, 32 bits, for effect code that many paths
     * share; only at hooks of socket options. Like {@link PacketFrame#PROTOCOL} it is not at a
     * multiple of 8, so that the verifier merges paths with different lengths.
     */
    public static final int LENGTH = TOP - Integer.BYTES;

    private StateFrame() {}

    /** Returns the offset of a word of pending effects; word 0 is {@link #PENDING}. */
    public static int pending(Hook hook, int word) {
        int more = hook.context() == ContextStruct.SOCK_ADDR ? TOP - MORE_PENDING * Long.BYTES : FINAL;
        return word == 0 ? PENDING : more + (word - 1) * Long.BYTES;
    }
}
