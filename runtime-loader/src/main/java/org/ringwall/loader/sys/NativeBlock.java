package org.ringwall.loader.sys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.BooleanSupplier;

/** A bounded piece of native memory in host byte order. Reading or writing it after its lifetime is an exception. */
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

    /** The memory at this address; {@code live} says for how long it may be touched. */
    public static NativeBlock at(long address, int size, BooleanSupplier live) {
        ByteBuffer memory = NativeStub.memory().newDirectByteBuffer(address, size);
        return new NativeBlock(address, memory.order(ByteOrder.nativeOrder()), live);
    }

    /** Where it is, for a system call. */
    public long address() {
        check();
        return address;
    }

    /** Its length in bytes. */
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

    /** One aligned 32-bit load that is not torn and not moved before a later access. */
    public int loadAcquire(int offset) {
        check();
        return (int) INT.getAcquire(memory, offset);
    }

    /** One aligned 32-bit store that is not torn and not moved after an earlier access. */
    public void storeRelease(int offset, int value) {
        check();
        INT.setRelease(memory, offset, value);
    }

    /** One aligned 64-bit load that is not torn and not moved before a later access. */
    public long loadLongAcquire(int offset) {
        check();
        return (long) LONG.getAcquire(memory, offset);
    }

    /** One aligned 64-bit store that is not torn and not moved after an earlier access. */
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
