package org.ringwall.machine;

import org.ringwall.bpf.insn.Width;

/** The value of a map, or a section of global data; holds numbers only. */
final class DataRegion implements Region {
    private final Memory memory;
    private final String name;
    private final boolean readOnly;
    private final byte[] bytes;

    DataRegion(Memory memory, String name, boolean readOnly, byte[] bytes) {
        this.memory = memory;
        this.name = name;
        this.readOnly = readOnly;
        this.bytes = bytes;
    }

    @Override
    public String name() {
        return name;
    }

    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public Value load(long offset, Width width) {
        return new Value.Scalar(memory.read(bytes, index(offset, width), width));
    }

    @Override
    public void store(long offset, Width width, Value value) {
        int at = index(offset, width);
        forbidIfReadOnly();
        if (!(value instanceof Value.Scalar scalar)) {
            throw new TrapException("leaks address of " + value + " into " + name);
        }
        memory.write(bytes, at, width, scalar.bits());
    }

    /** Checks that the bytes from `first` to `last` are there for a helper to fill. */
    void writable(long first, long last) {
        if (first < 0 || last >= bytes.length) {
            throw Region.outside(name, first, Math.toIntExact(last - first + 1));
        }
        forbidIfReadOnly();
    }

    private void forbidIfReadOnly() {
        if (readOnly) {
            throw new TrapException("write into " + name + " forbidden");
        }
    }

    @Override
    public boolean movable() {
        return true;
    }

    @Override
    public boolean plain() {
        return true;
    }

    private int index(long offset, Width width) {
        if (offset < 0 || offset > bytes.length - width.bytes()) {
            throw Region.outside(name, offset, width.bytes());
        }
        Region.aligned(name, offset, width);
        return Math.toIntExact(offset);
    }
}
