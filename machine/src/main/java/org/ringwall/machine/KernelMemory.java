// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.PrivateField;
import org.ringwall.bpf.object.Bytes;

/**
 * The kernel memory that kernel functions access: the kernel object of the context with the address
 * that the caller gave, and that address, a `struct sockaddr_storage` whose rest is not
 * initialized.
 */
final class KernelMemory {
    private static final long STORAGE = 0xffff_8880_1234_5000L;
    private static final int STORAGE_SIZE = 128;
    private static final byte UNWRITTEN = (byte) 0xa5;

    private final Memory memory;
    private final byte[] storage = new byte[STORAGE_SIZE];
    private final boolean there;
    private int length;

    KernelMemory(Memory memory, Optional<Bytes> address) {
        this.memory = memory;
        Arrays.fill(storage, UNWRITTEN);
        this.there = address.isPresent();
        address.ifPresent(bytes -> write(0, bytes.toArray()));
    }

    /** Writes bytes into the address, which ends after them. */
    void write(int at, byte[] bytes) {
        System.arraycopy(bytes, 0, storage, at, bytes.length);
        length = at + bytes.length;
    }

    /** Returns the address after the program. */
    Optional<Bytes> address() {
        return there ? Optional.of(Bytes.of(Arrays.copyOf(storage, length))) : Optional.empty();
    }

    /** Returns a field of the kernel's own context; 0 if the caller gave no address. */
    long field(PrivateField field) {
        if (!there) {
            return 0;
        }
        return switch (field) {
            case UADDR -> STORAGE;
            case UADDRLEN -> length;
            case SOCKET_STATE, SOCKET_FLAGS, WRITE_SEQ ->
                throw new IllegalArgumentException(field + " is no field of the context");
        };
    }

    /** Returns the byte at a number or a pointer, including the stack; empty if a read faults. */
    Optional<Byte> at(Region context, Value source, int index) {
        if (source instanceof Value.Pointer own && own.region() instanceof StackRegion) {
            return Optional.of((byte) Pointers.scalar("r3", own.region().load(own.offset() + index, Width.B)));
        }
        if (!there) {
            return Optional.empty();
        }
        if (source instanceof Value.Scalar number) {
            long at = number.bits() + index - STORAGE;
            return at < 0 || at >= STORAGE_SIZE ? Optional.empty() : Optional.of(storage[(int) at]);
        }
        Value.Pointer pointer = (Value.Pointer) source;
        if (!pointer.region().equals(context)) {
            return Optional.empty();
        }
        ByteBuffer object = ByteBuffer.allocate(PrivateField.UADDRLEN.offset() + PrivateField.UADDRLEN.bytes())
                .order(memory.order())
                .putLong(PrivateField.UADDR.offset(), STORAGE)
                .putInt(PrivateField.UADDRLEN.offset(), length);
        long at = pointer.offset() + index;
        return at < 0 || at >= object.capacity() ? Optional.empty() : Optional.of(object.get((int) at));
    }
}
