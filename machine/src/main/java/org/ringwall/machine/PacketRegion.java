package org.ringwall.machine;

import org.ringwall.bpf.insn.Width;

/**
 * Bytes behind a pair of pointer fields, a beginning and an end. What may be read is what a comparison with the end has
 * shown to be there, as the verifier has it: the length alone opens nothing.
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

    /** Where the pointer just behind the last byte leads: nothing is there, and nothing may be added to it. */
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

    /** A comparison has shown that the bytes before this offset are there: `find_good_pkt_pointers`. */
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

    /** `check_packet_access`: unaligned is fine, unchecked is not. */
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
