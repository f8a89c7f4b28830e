// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.BooleanSupplier;

/**
 * A bounded block of native memory in host byte order. Access after its lifetime throws
 * {@link IllegalStateException}.
 */
public final class NativeBlock {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final long address;
    private final ByteBuffer memory;
    private final BooleanSupplier live;

    private NativeBlock(long address, ByteBuffer memory, BooleanSupplier live) {
        this.address = address;
        this.memory = memory;
        this.live = live;
    }

    /** Returns the memory at an address; it may be accessed while {@code live} returns true. */
    public static NativeBlock at(long address, int size, BooleanSupplier live) {
        ByteBuffer memory = NativeStub.memory().newDirectByteBuffer(address, size);
        return new NativeBlock(address, memory.order(ByteOrder.nativeOrder()), live);
    }

    /** Returns its address, for a system call. */
    public long address() {
        check();
        return address;
    }

    /** Returns its size in bytes. */
    public int size() {
        return memory.capacity();
    }

    public byte byteAt(int offset) {
        check();
        return memory.get(offset);
    }

    public int intAt(int offset) {
        check();
        return memory.getInt(offset);
    }

    public long longAt(int offset) {
        check();
        return memory.getLong(offset);
    }

    public NativeBlock putByte(int offset, int value) {
        check();
        memory.put(offset, (byte) value);
        return this;
    }

    public NativeBlock putInt(int offset, int value) {
        check();
        memory.putInt(offset, value);
        return this;
    }

    public NativeBlock putLong(int offset, long value) {
        check();
        memory.putLong(offset, value);
        return this;
    }

    /** Copies the bytes in. */
    public NativeBlock put(int offset, byte[] bytes) {
        check();
        memory.put(offset, bytes);
        return this;
    }

    /** Copies bytes out. */
    public byte[] bytes(int offset, int length) {
        check();
        byte[] out = new byte[length];
        memory.get(offset, out);
        return out;
    }

    /** Loads 32 aligned bits at once; no later access is moved before this. */
    public int loadAcquire(int offset) {
        check();
        return (int) INT.getAcquire(memory, offset);
    }

    /** Stores 32 aligned bits at once; no earlier access is moved after this. */
    public void storeRelease(int offset, int value) {
        check();
        INT.setRelease(memory, offset, value);
    }

    /** Loads 64 aligned bits at once; no later access is moved before this. */
    public long loadLongAcquire(int offset) {
        check();
        return (long) LONG.getAcquire(memory, offset);
    }

    /** Stores 64 aligned bits at once; no earlier access is moved after this. */
    public void storeLongRelease(int offset, long value) {
        check();
        LONG.setRelease(memory, offset, value);
    }

    /** Sets every byte to zero. */
    public void clear() {
        check();
        NativeStub.memory().setMemory(address, memory.capacity(), (byte) 0);
    }

    private void check() {
        if (!live.getAsBoolean()) {
            throw new IllegalStateException("native memory was used after its lifetime");
        }
    }
}
