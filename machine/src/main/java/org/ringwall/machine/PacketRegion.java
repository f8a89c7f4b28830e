// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import org.ringwall.bpf.insn.Width;

/**
 * The bytes between a pair of pointer fields, a start and an end. As in the verifier, only bytes
 * that a comparison with the end has shown to exist may be read; the length itself does not
 * suffice.
 */
final class PacketRegion implements Region {
    private final Memory memory;
    private final byte[] bytes;
    private final End end = new End(this);
    private long shown;

    PacketRegion(Memory memory, byte[] bytes) {
        this.memory = memory;
        this.bytes = bytes;
    }

    /**
     * The target of the pointer just after the last byte: it cannot be accessed, and nothing may be
     * added to it.
     */
    record End(PacketRegion packet) implements Region {
        @Override
        public String name() {
            return "pkt_end";
        }

        @Override
        public Value load(long offset, Width width) {
            throw new TrapException("invalid mem access 'pkt_end'");
        }

        @Override
        public void store(long offset, Width width, Value value) {
            throw new TrapException("invalid mem access 'pkt_end'");
        }

        @Override
        public boolean movable() {
            return false;
        }
    }

    End end() {
        return end;
    }

    long size() {
        return bytes.length;
    }

    /** Marks the bytes before this offset as verified by a comparison: `find_good_pkt_pointers`. */
    void show(long before) {
        shown = Math.max(shown, before);
    }

    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public String name() {
        return "pkt";
    }

    @Override
    public Value load(long offset, Width width) {
        return new Value.Scalar(memory.read(bytes, index(offset, width), width));
    }

    @Override
    public void store(long offset, Width width, Value value) {
        int at = index(offset, width);
        memory.write(bytes, at, width, Region.number(value, "packet"));
    }

    /**
     * Returns the index of an access: `check_packet_access` permits unaligned but not unverified
     * ones.
     */
    private int index(long offset, Width width) {
        if (offset < 0 || offset + width.bytes() > Math.min(shown, bytes.length)) {
            throw new TrapException(
                    "invalid access to packet, off=%d size=%d, r=%d".formatted(offset, width.bytes(), shown));
        }
        return Math.toIntExact(offset);
    }

    @Override
    public boolean movable() {
        return true;
    }
}
