// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.Optional;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.machine.map.BpfMap;
import org.ringwall.machine.map.Ring;

/** The helpers of ring buffers (kernel/bpf/ringbuf.c). */
final class RingHelpers {
    /** BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP. */
    private static final long WAKEUP_FLAGS = 3;

    private static final long RING_SIZE = 1;
    private static final long CONSUMER_POSITION = 2;
    private static final long PRODUCER_POSITION = 3;

    private final Memory memory;
    private final Pointers pointers;
    private final Arguments arguments;
    private final Held held;

    RingHelpers(Memory memory, Pointers pointers, Held held) {
        this.memory = memory;
        this.pointers = pointers;
        this.arguments = new Arguments(pointers);
        this.held = held;
    }

    /** Calls `bpf_ringbuf_output`. */
    Value output(Frame frame) {
        Ring ring = ring(frame, Helper.RINGBUF_OUTPUT);
        long size = Arguments.number(frame, Reg.R3);
        if (size < 0 || size > Integer.MAX_VALUE) {
            throw new TrapException("R3 unbounded memory access");
        }
        byte[] data = arguments.bytes(frame, Reg.R2, (int) size);
        if ((Arguments.number(frame, Reg.R4) & ~WAKEUP_FLAGS) != 0) {
            return new Value.Scalar(-Errno.EINVAL.number());
        }
        Optional<Ring.Record> record = ring.reserve(size);
        record.ifPresent(reserved -> {
            System.arraycopy(data, 0, reserved.live(), 0, data.length);
            ring.submit(reserved);
        });
        return new Value.Scalar(record.isPresent() ? 0 : -Errno.EAGAIN.number());
    }

    /**
     * Calls `bpf_ringbuf_reserve`: the verifier must know the size (ARG_CONST_ALLOC_SIZE_OR_ZERO).
     */
    Value reserve(int slot, Frame frame) {
        Ring ring = ring(frame, Helper.RINGBUF_RESERVE);
        long size = Arguments.number(frame, Reg.R2);
        if (!frame.constant(Reg.R2)) {
            throw new TrapException("R2 is not a known constant");
        }
        boolean flags = Arguments.number(frame, Reg.R3) != 0;
        Optional<Ring.Record> record = flags ? Optional.empty() : ring.reserve(size);
        return record.map(reserved -> {
                    DataRegion region = new DataRegion(memory, "ringbuf_mem", false, reserved.live());
                    held.reserve(new Held.Reservation(ring, reserved, region, slot));
                    return (Value) pointers.found(region);
                })
                .orElse(new Value.Scalar(0));
    }

    /** Calls `bpf_ringbuf_submit`. */
    void submit(Frame frame) {
        Held.Reservation reservation = released(frame);
        reservation.ring().submit(reservation.record());
    }

    /** Calls `bpf_ringbuf_discard`. */
    void discard(Frame frame) {
        Held.Reservation reservation = released(frame);
        reservation.ring().discard(reservation.record());
    }

    private Held.Reservation released(Frame frame) {
        Value value = frame.read(Reg.R1);
        Arguments.number(frame, Reg.R2);
        if (!(value instanceof Value.Pointer)) {
            throw new TrapException("R1 type=scalar expected=ringbuf_mem");
        }
        return held.release(pointers.usable(value));
    }

    /** Calls `bpf_ringbuf_query`. */
    Value query(Frame frame) {
        Ring ring = ring(frame, Helper.RINGBUF_QUERY);
        long what = Arguments.number(frame, Reg.R2);
        long answer = 0;
        if (what == 0) {
            answer = ring.producerPosition() - ring.consumerPosition();
        } else if (what == RING_SIZE) {
            answer = ring.spec().maxEntries();
        } else if (what == CONSUMER_POSITION) {
            answer = ring.consumerPosition();
        } else if (what == PRODUCER_POSITION) {
            answer = ring.producerPosition();
        }
        return new Value.Scalar(answer);
    }

    private Ring ring(Frame frame, Helper helper) {
        BpfMap map = MapHelpers.map(frame, Reg.R1, pointers);
        if (map instanceof Ring ring) {
            return ring;
        }
        throw MapHelpers.cannotPass(map, helper);
    }
}
