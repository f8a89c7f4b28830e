// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** The arguments of helpers in registers, checked as `check_func_arg` does. */
final class Arguments {
    private final Pointers pointers;

    Arguments(Pointers pointers) {
        this.pointers = pointers;
    }

    /** Returns a pointer to memory that may be dereferenced. */
    Value.Pointer memory(Frame frame, Reg reg) {
        return memory(name(reg), frame.read(reg));
    }

    private Value.Pointer memory(String what, Value value) {
        if (value instanceof Value.Pointer pointer && pointer.region().plain()) {
            return pointers.usable(pointer);
        }
        throw new TrapException("%s type=%s expected=fp, map_value".formatted(what, value));
    }

    /**
     * Returns this many bytes at a register's pointer, all of which must exist and be initialized.
     */
    byte[] bytes(Frame frame, Reg reg, int size) {
        Value.Pointer start = memory(frame, reg);
        byte[] bytes = new byte[size];
        for (int index = 0; index < size; index++) {
            Value value = start.region().load(start.offset() + index, Width.B);
            bytes[index] = (byte) Pointers.scalar(name(reg), value);
        }
        return bytes;
    }

    static long number(Frame frame, Reg reg) {
        return Pointers.scalar(reg.toString(), frame.read(reg));
    }

    /** Returns memory for a helper to fill. */
    Buffer buffer(Frame frame, Reg start, Reg size) {
        Value.Pointer pointer = memory(frame, start);
        long bytes = number(frame, size);
        if (bytes <= 0 || bytes > Integer.MAX_VALUE) {
            throw new TrapException("%s invalid size %d".formatted(size, bytes));
        }
        return new Buffer(pointer, (int) bytes);
    }

    private static String name(Reg reg) {
        return "R" + reg.number();
    }

    /** Memory that a helper fills; all of it must exist and be writable. */
    record Buffer(Value.Pointer start, int size) {
        Buffer {
            long last = start.offset() + size - 1;
            Region region = start.region();
            if (region instanceof StackRegion stack) {
                stack.scrub(start.offset(), size);
            } else if (region instanceof DataRegion data) {
                data.writable(start.offset(), last);
            } else {
                throw new IllegalStateException("no plain memory: " + region);
            }
        }

        void put(int index, byte value) {
            start.region().store(start.offset() + index, Width.B, new Value.Scalar(value));
        }
    }
}
