// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.ringwall.bpf.insn.Width;

/**
 * The 512 bytes below r10 (MAX_BPF_STACK), offsets -512..-1. A pointer is kept whole in an aligned
 * slot of 8 bytes; writing a part of the slot invalidates all of it.
 */
final class StackRegion implements Region {
    static final int SIZE = 512;

    private final Memory memory;
    private final byte[] bytes = new byte[SIZE];
    private final BitSet written = new BitSet(SIZE);
    private final Map<Integer, Value.Pointer> pointers = new HashMap<>();

    StackRegion(Memory memory) {
        this.memory = memory;
    }

    @Override
    public String name() {
        return "stack";
    }

    @Override
    public Value load(long offset, Width width) {
        int at = index(offset, width);
        Value.Pointer pointer = pointers.get(at / 8);
        if (pointer != null) {
            if (width != Width.DW) {
                throw new TrapException("partial load of a spilled pointer, off=" + offset);
            }
            return pointer;
        }
        if (written.nextClearBit(at) < at + width.bytes()) {
            throw new TrapException(
                    "invalid read from stack off=%d size=%d: not initialised".formatted(offset, width.bytes()));
        }
        return new Value.Scalar(memory.read(bytes, at, width));
    }

    @Override
    public void store(long offset, Width width, Value value) {
        int at = index(offset, width);
        if (pointers.remove(at / 8) != null) {
            written.clear(at / 8 * 8, at / 8 * 8 + 8);
        }
        if (value instanceof Value.Scalar scalar) {
            written.set(at, at + width.bytes());
            memory.write(bytes, at, width, scalar.bits());
        } else if (value instanceof Value.Pointer pointer && width == Width.DW) {
            pointers.put(at / 8, pointer);
        } else {
            throw new TrapException("partial store of a pointer, off=" + offset);
        }
    }

    /** Checks that a helper can write these bytes; pointers spilled among them are lost. */
    void scrub(long offset, int size) {
        if (offset < -SIZE || offset + size > 0) {
            throw Region.outside("stack", offset, size);
        }
        int first = Math.toIntExact(offset + SIZE);
        for (int word = first / 8; word <= (first + size - 1) / 8; word++) {
            if (pointers.remove(word) != null) {
                written.clear(word * 8, word * 8 + 8);
            }
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

    private static int index(long offset, Width width) {
        if (offset < -SIZE || offset > -width.bytes()) {
            throw Region.outside("stack", offset, width.bytes());
        }
        Region.aligned("stack", offset, width);
        return Math.toIntExact(offset + SIZE);
    }
}
