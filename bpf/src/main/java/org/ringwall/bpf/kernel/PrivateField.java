package org.ringwall.bpf.kernel;

/**
 * A field of a struct that is the kernel's own: no part of its interface, so that its place is only known from the running
 * kernel's BTF. The offsets here are those of 6.7 to 6.18, and what programs hold until a loader resolves them.
 */
public enum PrivateField {
    /** Where the address lies that the caller gave, in kernel memory: `struct bpf_sock_addr_kern` of include/linux/filter.h. */
    UADDR("bpf_sock_addr_kern", "uaddr", 8, 8),
    /** How many bytes that address has, sun_family included; since 6.7. */
    UADDRLEN("bpf_sock_addr_kern", "uaddrlen", 32, 4);

    private final String struct;
    private final String field;
    private final int offset;
    private final int bytes;

    PrivateField(String struct, String field, int offset, int bytes) {
        this.struct = struct;
        this.field = field;
        this.offset = offset;
        this.bytes = bytes;
    }

    /** The struct. */
    public String struct() {
        return struct;
    }

    /** The field's name in it. */
    public String field() {
        return field;
    }

    /** The byte at which it begins, until a loader says otherwise. */
    public int offset() {
        return offset;
    }

    /** How many bytes it has; 8 is a pointer. */
    public int bytes() {
        return bytes;
    }
}
