// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.Optional;

/**
 * The target of a pointer, as `enum bpf_reg_type` of include/linux/bpf.h. Pointers with the same id
 * in one state are equal; a nullable one is null or that pointer.
 */
sealed interface Pointer {
    /** An id that no pointer has. */
    int NO_ID = -1;

    /** PTR_TO_CTX: `context + off`. */
    record Context(long off) implements Pointer {}

    /** PTR_TO_STACK: `r10 + off`. */
    record Frame(Numbers off) implements Pointer {}

    /** CONST_PTR_TO_MAP. */
    record MapObject(MapShape map, int id, boolean nullable) implements Pointer {}

    /** PTR_TO_MAP_VALUE: into a value of a map, or into a data section. */
    record MapValue(MapShape map, Numbers off, int id, boolean nullable) implements Pointer {}

    /** PTR_TO_MEM of a ring buffer: into a record of this many bytes. */
    record Record(int size, Numbers off, int id, boolean nullable) implements Pointer {}

    /**
     * PTR_TO_PACKET: off bytes after a base.
     *
     * @param base the id of the base: 0 is the packet's start; others follow a variable length
     * @param most the maximum distance of the base from the start
     * @param range how many bytes from the base on are known to exist
     */
    record Packet(int base, int most, int off, int range) implements Pointer {}

    /** PTR_TO_PACKET_END. */
    record PacketEnd() implements Pointer {}

    /**
     * PTR_TO_SOCKET or PTR_TO_SOCK_COMMON, or, if it is `typed`, PTR_TO_BTF_ID of a socket's
     * struct, which begins with a `struct sock_common`.
     *
     * @param struct the name of that struct; empty if it is not typed
     */
    record Socket(int id, boolean nullable, String struct) implements Pointer {
        Socket with(int other, boolean mayBeNull) {
            return new Socket(other, mayBeNull, struct);
        }

        boolean typed() {
            return !struct.isEmpty();
        }
    }

    /** PTR_TO_BTF_ID: `off` bytes into a struct of the kernel with this name. */
    record KernelStruct(String name, long off) implements Pointer {
        /** Returns whether it is a socket's struct. */
        boolean ofSocket() {
            return name.endsWith("_sock");
        }
    }

    /** An address in kernel memory, which only helpers may read. */
    record KernelMemory() implements Pointer {}

    /** A value that may only be copied. */
    record Opaque() implements Pointer {}

    /** Returns whether it may be null. */
    default boolean nullable() {
        return false;
    }

    /** Returns the id that it shares with its copies; {@link #NO_ID} for most kinds. */
    default int id() {
        return NO_ID;
    }

    /** Returns the same pointer with another id, if its kind has one. */
    default Pointer withId(int other) {
        if (this instanceof MapValue value) {
            return new MapValue(value.map(), value.off(), other, value.nullable());
        } else if (this instanceof MapObject map) {
            return new MapObject(map.map(), other, map.nullable());
        }
        return this instanceof Socket socket ? socket.with(other, socket.nullable()) : this;
    }

    /** Returns the same pointer after a comparison has shown that it is not null. */
    default Pointer present() {
        if (this instanceof MapValue value) {
            return new MapValue(value.map(), value.off(), value.id(), false);
        } else if (this instanceof MapObject map) {
            return new MapObject(map.map(), map.id(), false);
        } else if (this instanceof Record rec) {
            return new Record(rec.size(), rec.off(), rec.id(), false);
        }
        return this instanceof Socket socket ? socket.with(socket.id(), false) : this;
    }

    /**
     * Returns the same pointer, but nullable; empty for kinds that a comparison with 0 does not
     * refine (reg_type_not_null in kernel/bpf/verifier.c).
     */
    default Optional<Pointer> perhapsNull() {
        if (this instanceof MapValue value && value.id() != NO_ID) {
            return Optional.of(new MapValue(value.map(), value.off(), value.id(), true));
        }
        return this instanceof Socket socket && socket.id() != NO_ID
                ? Optional.of(socket.with(socket.id(), true))
                : Optional.empty();
    }

    /** Returns a hash without the id and without the verified range of a packet. */
    default long shape() {
        if (this instanceof Packet packet) {
            return 31L * packet.base() + packet.off();
        } else if (this instanceof MapValue value) {
            long off = value.off().isConstant() ? value.off().hashCode() : 0;
            return Stack.mixed(
                    off + (value.nullable() ? 1 : 2), value.map().name().hashCode());
        } else if (this instanceof MapObject map) {
            return map.map().name().hashCode() + (map.nullable() ? 1 : 2);
        } else if (this instanceof Socket socket) {
            return (socket.nullable() ? 3 : 4) + 31L * socket.struct().hashCode();
        }
        return this instanceof Frame frame ? 7L + frame.off().hashCode() : hashCode();
    }

    /** Returns one pointer that covers both; empty if they cannot be joined and remain two. */
    static Optional<Pointer> join(Pointer left, Pointer right) {
        if (left == right || left.equals(right)) {
            return Optional.of(left);
        }
        if (left instanceof Frame one && right instanceof Frame other) {
            Numbers off = Numbers.join(one.off(), other.off());
            return Optional.of(off == one.off() ? left : new Frame(off));
        }
        if (left instanceof MapValue one
                && right instanceof MapValue other
                && one.id() == other.id()
                && (one.map() == other.map() || one.map().equals(other.map()))) {
            Numbers off = Numbers.join(one.off(), other.off());
            boolean nullable = one.nullable() || other.nullable();
            boolean covers = off == one.off() && nullable == one.nullable();
            return Optional.of(covers ? left : new MapValue(one.map(), off, one.id(), nullable));
        }
        if (left instanceof Socket one
                && right instanceof Socket other
                && one.id() == other.id()
                && one.struct().equals(other.struct())) {
            return Optional.of(one.nullable() ? left : right);
        }
        if (left instanceof Packet one
                && right instanceof Packet other
                && one.base() == other.base()
                && one.off() == other.off()) {
            int most = Math.max(one.most(), other.most());
            int range = Math.min(one.range(), other.range());
            boolean covers = most == one.most() && range == one.range();
            return Optional.of(covers ? left : new Packet(one.base(), most, one.off(), range));
        }
        return Optional.empty();
    }
}
