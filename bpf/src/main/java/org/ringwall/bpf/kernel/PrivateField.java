// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Optional;

/**
 * A field of a struct internal to the kernel, whose offset is only known from the running kernel's
 * BTF. The offsets here are those of 6.18, which programs contain until a loader resolves them.
 */
public enum PrivateField {
    /**
     * Pointer to the address that the caller gave, in kernel memory: `struct bpf_sock_addr_kern` of
     * include/linux/filter.h.
     */
    UADDR("bpf_sock_addr_kern", "uaddr", 8, 8, true),
    /** The number of bytes of that address, including sun_family; since 6.7. */
    UADDRLEN("bpf_sock_addr_kern", "uaddrlen", 32, 4, false),
    /**
     * The state of a socket, as in include/net/tcp_states.h: `struct sock_common` of
     * include/net/sock.h, with which every socket begins.
     */
    SOCKET_STATE("sock_common", "skc_state", 18, 1, false),
    /**
     * The flags of a socket, a bit for each number of `enum sock_flags` (include/net/sock.h), of
     * the same struct.
     */
    SOCKET_FLAGS("sock_common", "skc_flags", 96, 8, false),
    /**
     * The sequence number after the last byte, or FIN, that was queued for sending: `struct
     * tcp_sock` of include/linux/tcp.h.
     */
    WRITE_SEQ("tcp_sock", "write_seq", 1576, 4, false);

    private final String struct;
    private final String field;
    private final int offset;
    private final int bytes;
    private final boolean pointer;

    PrivateField(String struct, String field, int offset, int bytes, boolean pointer) {
        this.struct = struct;
        this.field = field;
        this.offset = offset;
        this.bytes = bytes;
        this.pointer = pointer;
    }

    /** Returns the field of a struct that is these bytes; empty if none is. */
    public static Optional<PrivateField> at(String struct, long offset, int bytes) {
        return Arrays.stream(values())
                .filter(field -> field.struct.equals(struct) && field.offset == offset && field.bytes == bytes)
                .findFirst();
    }

    /** Returns the struct's name. */
    public String struct() {
        return struct;
    }

    /** Returns the field's name. */
    public String field() {
        return field;
    }

    /** Returns its offset in bytes before relocation. */
    public int offset() {
        return offset;
    }

    /** Returns its size in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Returns whether it is a pointer, and not an unsigned number. */
    public boolean isPointer() {
        return pointer;
    }
}
