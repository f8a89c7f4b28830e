package org.ringwall.machine;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.ringwall.bpf.kernel.PrivateField;
import org.ringwall.bpf.object.Bytes;

/**
 * What helpers that read kernel memory find: behind the context its kernel object with the address that the caller gave, and
 * that address, a `struct sockaddr_storage` whose rest nobody has written.
 */
final class KernelMemory {
    private static final long STORAGE = 0xffff_8880_1234_5000L;
    private static final int STORAGE_SIZE = 128;
    private static final byte UNWRITTEN = (byte) 0xa5;

    private final Memory memory;
    private final Optional<Bytes> address;

    KernelMemory(Memory memory, Optional<Bytes> address) {
        this.memory = memory;
        this.address = address;
    }

    /** The byte behind a number or a pointer; empty where a read faults. */
    Optional<Byte> at(Region context, Value source, int index) {
        if (address.isEmpty()) {
            return Optional.empty();
        }
        if (source instanceof Value.Scalar number) {
            long at = number.bits() + index - STORAGE;
            return at < 0 || at >= STORAGE_SIZE
                    ? Optional.empty()
                    : Optional.of(at < address.get().size() ? address.get().at((int) at) : UNWRITTEN);
        }
        Value.Pointer pointer = (Value.Pointer) source;
        if (!pointer.region().equals(context)) {
            return Optional.empty();
        }
        ByteBuffer object = ByteBuffer.allocate(PrivateField.UADDRLEN.offset() + PrivateField.UADDRLEN.bytes())
                .order(memory.order())
                .putLong(PrivateField.UADDR.offset(), STORAGE)
                .putInt(PrivateField.UADDRLEN.offset(), address.get().size());
        long at = pointer.offset() + index;
        return at < 0 || at >= object.capacity() ? Optional.empty() : Optional.of(object.get((int) at));
    }
}
