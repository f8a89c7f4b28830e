// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ByteOrderKind;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.DeviceAccess;
import org.ringwall.bpf.kernel.DeviceNumber;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.SocketType;

/** The bytes of a context struct on a host of one byte order. Immutable. */
public final class Context {
    private final ContextStruct struct;
    private final ByteOrder order;
    private final byte[] bytes;
    private final Optional<Buffer> buffer;
    private final Optional<Context> socket;

    private Context(ContextStruct struct, ByteOrder order, byte[] bytes) {
        this(struct, order, bytes, Optional.empty(), Optional.empty());
    }

    private Context(
            ContextStruct struct, ByteOrder order, byte[] bytes, Optional<Buffer> buffer, Optional<Context> socket) {
        this.struct = struct;
        this.order = order;
        this.bytes = bytes;
        this.buffer = buffer;
        this.socket = socket;
    }

    /** The bytes to which two pointer fields point: the first byte, and just after the last one. */
    record Buffer(ContextField start, ContextField end, List<Byte> content) {
        Buffer {
            content = List.copyOf(content);
        }

        byte[] bytes() {
            byte[] bytes = new byte[content.size()];
            for (int index = 0; index < bytes.length; index++) {
                bytes[index] = content.get(index);
            }
            return bytes;
        }
    }

    /** Returns a context of zeros on a little-endian host. */
    public static Context zero(ContextStruct struct) {
        return zero(struct, ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns a context of zeros on a host of this byte order. */
    public static Context zero(ContextStruct struct, ByteOrder order) {
        return new Context(struct, order, new byte[struct.size()]);
    }

    /**
     * Returns a context with these bytes, as many as the struct has, on a host of this byte order.
     */
    public static Context of(ContextStruct struct, ByteOrder order, byte[] bytes) {
        if (bytes.length != struct.size()) {
            throw new IllegalArgumentException(struct.kernelName() + " has " + struct.size() + " bytes");
        }
        return new Context(struct, order, bytes.clone());
    }

    /**
     * Returns the context of a connect, sendmsg or bind hook on a little-endian host.
     *
     * @param hook one that ends in 4 or 6, which determines the address fields
     * @param address 4 or 16 bytes, according to the hook's family
     * @param port 0..65535
     * @param protocol an IPPROTO number
     */
    public static Context address(Hook hook, byte[] address, int port, SocketType type, int protocol) {
        boolean four = hook.mayRead(4, Width.W);
        if (hook.context() != ContextStruct.SOCK_ADDR || address.length != (four ? 4 : 16)) {
            throw new IllegalArgumentException(address.length + " bytes are not an address at " + hook.word());
        }
        int family = (four ? AddressFamily.INET : AddressFamily.INET6).number();
        return zero(ContextStruct.SOCK_ADDR)
                .with("user_family", family)
                .with(four ? "user_ip4" : "user_ip6", address)
                .with("user_port", port)
                .with("family", family)
                .with("type", type.number())
                .with("protocol", protocol);
    }

    /** Returns the context of sock_create on a little-endian host. */
    public static Context socket(AddressFamily family, SocketType type, int protocol) {
        return zero(ContextStruct.SOCK)
                .with("family", family.number())
                .with("type", type.number())
                .with("protocol", protocol);
    }

    /** Returns the context of device on a little-endian host. */
    public static Context device(DeviceNumber device, Set<DeviceAccess> access) {
        return zero(ContextStruct.DEVICE)
                .with("access_type", DeviceAccess.accessType(device.kind(), access))
                .with("major", device.major())
                .with("minor", device.minor());
    }

    /** Returns the context of sysctl on a little-endian host, at file position 0. */
    public static Context sysctl(boolean write) {
        return zero(ContextStruct.SYSCTL).with("write", write ? 1 : 0);
    }

    /**
     * Returns the context of getsockopt or setsockopt.
     *
     * @param order of the host
     * @param optlen its initial value; the program can only access `value`
     * @param value the bytes between `optval` and `optval_end`
     */
    public static Context option(ByteOrder order, int level, int optname, int optlen, byte[] value) {
        return zero(ContextStruct.SOCKOPT, order)
                .with("level", level)
                .with("optname", optname)
                .with("optlen", optlen)
                .with("optval_end", value.length)
                .pointing("optval", "optval_end", value);
    }

    /**
     * Returns the same packet with these bytes between `data` and `data_end`: the linear part of
     * the skb from the IP header on, which may be less than the packet.
     */
    public Context linear(byte[] content) {
        return pointing("data", "data_end", content);
    }

    /**
     * Returns the same context of getsockopt or setsockopt with these bytes at the beginning of the
     * option's value, which must be at least as long.
     */
    public Context withValue(byte[] beginning) {
        Buffer value = buffer.orElseThrow(() -> new IllegalArgumentException(struct.kernelName() + " has no value"));
        byte[] content = value.bytes();
        System.arraycopy(beginning, 0, content, 0, beginning.length);
        return pointing(value.start().name(), value.end().name(), content);
    }

    Context pointing(String start, String end, byte[] content) {
        List<Byte> copy = new ArrayList<>();
        for (byte one : content) {
            copy.add(one);
        }
        return new Context(struct, order, bytes, Optional.of(new Buffer(field(start), field(end), copy)), socket);
    }

    /**
     * Returns the same context, whose `sk` points to a socket with these fields of
     * `struct bpf_sock`.
     */
    public Context of(Context other) {
        if (other.struct() != ContextStruct.SOCK || !other.order().equals(order)) {
            throw new IllegalArgumentException(other.struct().kernelName() + " is not a socket of this host");
        }
        return new Context(struct, order, bytes, buffer, Optional.of(other));
    }

    /** Returns the socket to which `sk` points; empty if it is not specified. */
    Optional<Context> socket() {
        return socket;
    }

    /** Returns the same context with other bytes, and without a buffer. */
    Context with(byte[] changed) {
        return new Context(struct, order, changed.clone(), Optional.empty(), socket);
    }

    Optional<Buffer> buffer() {
        return buffer;
    }

    /** Returns the byte order of the host. */
    public ByteOrder order() {
        return order;
    }

    public ContextStruct struct() {
        return struct;
    }

    /** Returns a copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Returns the same context with this number in the field, in the field's own byte order. */
    public Context with(String name, long value) {
        ContextField field = field(name);
        byte[] changed = bytes.clone();
        Arrays.fill(changed, field.offset(), field.end(), (byte) 0);
        int length = length(field);
        if (length > 8 || length < 8 && value >>> 8 * length != 0 && value >> 8 * length - 1 != -1) {
            throw new IllegalArgumentException("`" + name + "` cannot hold " + value);
        }
        for (int index = 0; index < length; index++) {
            changed[start(field) + index] = Memory.byteAt(value, place(field, index, length));
        }
        return new Context(struct, order, changed, buffer, socket);
    }

    /** Returns the same context with these bytes as the field. */
    public Context with(String name, byte[] value) {
        ContextField field = field(name);
        if (value.length != field.bytes()) {
            throw new IllegalArgumentException("`" + name + "` has " + field.bytes() + " bytes");
        }
        byte[] changed = bytes.clone();
        System.arraycopy(value, 0, changed, field.offset(), value.length);
        return new Context(struct, order, changed, buffer, socket);
    }

    /** Returns the unsigned number in a field of at most 8 bytes. */
    public long number(String name) {
        ContextField field = field(name);
        int length = length(field);
        if (length > 8) {
            throw new IllegalArgumentException("`" + name + "` is not a number");
        }
        long value = 0;
        for (int index = 0; index < length; index++) {
            value |= (bytes[start(field) + index] & 0xffL) << 8 * place(field, index, length);
        }
        return value;
    }

    /** Returns a copy of the field's bytes. */
    public byte[] field(ContextField field) {
        return Arrays.copyOfRange(bytes, field.offset(), field.end());
    }

    /** Returns how many bytes of the field contain its number. */
    private static int length(ContextField field) {
        return switch (field.order()) {
            case NETWORK_16_IN_32 -> 2;
            case HOST, NETWORK, NETWORK_32, POINTER, SCRATCH -> field.bytes();
        };
    }

    /**
     * Returns the offset of these bytes: a port that the kernel loads as 16 bits is in the low half
     * of the 32.
     */
    private int start(ContextField field) {
        boolean low = field.order() == ByteOrderKind.NETWORK_16_IN_32 && order == ByteOrder.BIG_ENDIAN;
        return low ? field.end() - length(field) : field.offset();
    }

    /** Returns which byte of the number, from the least significant, is at this index. */
    private int place(ContextField field, int index, int length) {
        return switch (field.order()) {
            case NETWORK, NETWORK_32, NETWORK_16_IN_32 -> length - 1 - index;
            case HOST, POINTER, SCRATCH -> order == ByteOrder.BIG_ENDIAN ? length - 1 - index : index;
        };
    }

    private ContextField field(String name) {
        return struct.field(name)
                .orElseThrow(() -> new IllegalArgumentException(struct.kernelName() + " has no `" + name + "`"));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Context context
                && struct == context.struct
                && order.equals(context.order)
                && Arrays.equals(bytes, context.bytes)
                && buffer.equals(context.buffer)
                && socket.equals(context.socket);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return struct.kernelName() + Arrays.toString(bytes);
    }
}
