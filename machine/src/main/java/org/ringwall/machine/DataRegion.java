// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.machine.map.Cell;

/** The value of a map, a record of a ring, or a section of global data; contains only numbers. */
final class DataRegion implements Region {
    private final Memory memory;
    private final String name;
    private final boolean readOnly;
    private final byte[] bytes;
    private final Optional<Cell> cell;
    private boolean released;

    DataRegion(Memory memory, String name, boolean readOnly, byte[] bytes) {
        this(memory, name, readOnly, bytes, Optional.empty());
    }

    private DataRegion(Memory memory, String name, boolean readOnly, byte[] bytes, Optional<Cell> cell) {
        this.memory = memory;
        this.name = name;
        this.readOnly = readOnly;
        this.bytes = bytes;
        this.cell = cell;
    }

    /** Returns the value of a map itself: a write changes the map. */
    static DataRegion of(Memory memory, String map, boolean readOnly, Cell cell) {
        return new DataRegion(memory, map + " value", readOnly, cell.live(), Optional.of(cell));
    }

    @Override
    public String name() {
        return name;
    }

    byte[] bytes() {
        return bytes.clone();
    }

    /** Returns the cell of the map's value, if this is one. */
    Optional<Cell> cell() {
        return cell;
    }

    int size() {
        return bytes.length;
    }

    /** Invalidates all pointers to it (`release_reference`). */
    void release() {
        released = true;
    }

    @Override
    public Value load(long offset, Width width) {
        return new Value.Scalar(memory.read(bytes, index(offset, width), width));
    }

    @Override
    public void store(long offset, Width width, Value value) {
        int at = index(offset, width);
        forbidIfReadOnly();
        memory.write(bytes, at, width, Region.number(value, name));
    }

    /** Checks that a helper can write the bytes from `first` to `last`. */
    void writable(long first, long last) {
        if (first < 0 || last >= bytes.length) {
            throw Region.outside(name, first, Math.toIntExact(last - first + 1));
        }
        guard(first, Math.toIntExact(last - first + 1));
        forbidIfReadOnly();
    }

    private void forbidIfReadOnly() {
        if (readOnly) {
            throw new TrapException("write into " + name + " forbidden");
        }
    }

    /**
     * Checks an access: a released record is a number to the verifier, and only helpers may access
     * the lock (`check_map_access`).
     */
    private void guard(long offset, int size) {
        if (released) {
            throw new TrapException("invalid mem access 'scalar': " + name + " is released");
        }
        cell.flatMap(value -> value.lock().stream().boxed().findFirst()).ifPresent(lock -> {
            if (offset < lock + Cell.LOCK_SIZE && lock < offset + size) {
                throw new TrapException("bpf_spin_lock cannot be accessed directly by load/store, off=" + offset);
            }
        });
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
        guard(offset, width.bytes());
        return Math.toIntExact(offset);
    }
}
