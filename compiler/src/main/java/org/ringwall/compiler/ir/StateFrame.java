package org.ringwall.compiler.ir;

import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.KeyLayout;

/**
 * Where a program builds what it hands to maps: offsets from r10, all negative, from the bottom of the stack up, so that strings,
 * a decoded packet and a stamp, which lie at its top, stay as they are. Words of 8 bytes are written whole before anything narrower is
 * written to them: the verifier takes nothing less for a write that ends the life of what was there before, and tells ways apart by it.
 */
public final class StateFrame {
    /** The last byte of a program's stack: MAX_BPF_STACK in include/linux/filter.h. */
    public static final int BOTTOM = -512;

    /** The key of a map, {@link #KEY_BYTES} at most. */
    public static final int KEY = BOTTOM;

    /** What a key may have. */
    public static final int KEY_BYTES = KeyLayout.MOST_BYTES;

    /** A value that a map gets: a new bucket, or what a counter adds, a u64 for each column. */
    public static final int VALUE = KEY + KEY_BYTES;

    /** Columns that a counter may have. */
    public static final int COLUMNS = CounterLayout.MOST_COLUMNS;

    /** Four words of one operation's own. */
    public static final int OWN = VALUE + COLUMNS * Long.BYTES;

    /** What {@link StateOp.Standing} gave, 32 bits, not at a multiple of 8 (see {@link PacketFrame#FAMILY}). */
    public static final int STANDING = OWN + 4 * Long.BYTES + Integer.BYTES;

    /** How many records of the rule were held back before this one. */
    public static final int SUPPRESSED = STANDING + Integer.BYTES;

    /** The address of the record that is being written. */
    public static final int RECORD = SUPPRESSED + Long.BYTES;

    /** What is left to do at the end: a bit for each record, and above them the number of what comes then. */
    public static final int PENDING = RECORD + Long.BYTES;

    /** Where a request is led: 16 bytes in network order, and the port in host order as 32 bits. Sockets alone have this. */
    public static final int FINAL = PENDING + Long.BYTES;

    /** Where it wanted to go, alike. */
    public static final int ORIGINAL = FINAL + 24;

    /** From {@link #FINAL} and {@link #ORIGINAL} to the port. */
    public static final int PORT = 16;

    /** How many segments a packet is, a u64; packets alone have this, and {@link #SEGMENT_BYTES}, above what may be pending there. */
    public static final int SEGMENTS = ORIGINAL + 8;

    /** How many bytes these have, alike. */
    public static final int SEGMENT_BYTES = SEGMENTS + Long.BYTES;

    /** So many words more may {@link #PENDING} have: sockets have them above all this, others where those have {@link #FINAL}. */
    public static final int MORE_PENDING = 4;

    /** Just above the highest byte. */
    public static final int TOP = ORIGINAL + 24 + MORE_PENDING * Long.BYTES;

    /**
     * What {@link Instruction.LeaveToKernel} gave, 32 bits, for what is done where many ways meet: at socket options alone, and as
     * {@link PacketFrame#PROTOCOL} not at a multiple of 8, so that ways on which the verifier knows different lengths are one way there.
     */
    public static final int LENGTH = TOP - Integer.BYTES;

    private StateFrame() {}

    /** A word of what is left to do, the first of which is {@link #PENDING}. */
    public static int pending(Hook hook, int word) {
        int more = hook.context() == ContextStruct.SOCK_ADDR ? TOP - MORE_PENDING * Long.BYTES : FINAL;
        return word == 0 ? PENDING : more + (word - 1) * Long.BYTES;
    }
}
