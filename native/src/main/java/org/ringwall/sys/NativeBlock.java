// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import com.kenai.jffi.MemoryIO;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A bounded block of native memory in host byte order. Access after its lifetime throws
 * {@link IllegalStateException}.
 */
public final class NativeBlock {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final long address;
    private final int size;
    private final MemoryIO memory;
    private final BooleanSupplier live;

    /** The same memory, for ordered access; created at the first one. Most blocks have none. */
    private volatile Optional<ByteBuffer> ordered = Optional.empty();

    private NativeBlock(long address, int size, BooleanSupplier live) {
        this.address = address;
        this.size = size;
        this.memory = NativeStub.memory();
        this.live = live;
    }

    /** Returns the memory at an address; it may be accessed while {@code live} returns true. */
    public static NativeBlock at(long address, int size, BooleanSupplier live) {
        return new NativeBlock(address, size, live);
    }

    /** Returns its address, for a system call. */
    public long address() {
        check();
        return address;
    }

    /** Returns its size in bytes. */
    public int size() {
        return size;
    }

    public byte byteAt(int offset) {
        return memory.getByte(at(offset, Byte.BYTES));
    }

    public int intAt(int offset) {
        return memory.getInt(at(offset, Integer.BYTES));
    }

    public long longAt(int offset) {
        return memory.getLong(at(offset, Long.BYTES));
    }

    public NativeBlock putByte(int offset, int value) {
        memory.putByte(at(offset, Byte.BYTES), (byte) value);
        return this;
    }

    public NativeBlock putInt(int offset, int value) {
        memory.putInt(at(offset, Integer.BYTES), value);
        return this;
    }

    public NativeBlock putLong(int offset, long value) {
        memory.putLong(at(offset, Long.BYTES), value);
        return this;
    }

    /** Copies the bytes in. */
    public NativeBlock put(int offset, byte[] bytes) {
        memory.putByteArray(at(offset, bytes.length), bytes, 0, bytes.length);
        return this;
    }

    /** Copies bytes out. */
    public byte[] bytes(int offset, int length) {
        byte[] out = new byte[length];
        memory.getByteArray(at(offset, length), out, 0, length);
        return out;
    }

    /** Loads 32 aligned bits at once; no later access is moved before this. */
    public int loadAcquire(int offset) {
        return (int) INT.getAcquire(ordered(), offset);
    }

    /** Stores 32 aligned bits at once; no earlier access is moved after this. */
    public void storeRelease(int offset, int value) {
        INT.setRelease(ordered(), offset, value);
    }

    /** Loads 64 aligned bits at once; no later access is moved before this. */
    public long loadLongAcquire(int offset) {
        return (long) LONG.getAcquire(ordered(), offset);
    }

    /** Stores 64 aligned bits at once; no earlier access is moved after this. */
    public void storeLongRelease(int offset, long value) {
        LONG.setRelease(ordered(), offset, value);
    }

    /** Sets every byte to zero. */
    public void clear() {
        check();
        memory.setMemory(address, size, (byte) 0);
    }

    /** Returns the address of bytes of this block. */
    private long at(int offset, int length) {
        check();
        return address + Objects.checkFromIndexSize(offset, length, size);
    }

    private ByteBuffer ordered() {
        check();
        Optional<ByteBuffer> found = ordered;
        if (found.isEmpty()) {
            found = Optional.of(memory.newDirectByteBuffer(address, size).order(ByteOrder.nativeOrder()));
            ordered = found;
        }
        return found.get();
    }

    private void check() {
        if (!live.getAsBoolean()) {
            throw new IllegalStateException("native memory was used after its lifetime");
        }
    }
}
