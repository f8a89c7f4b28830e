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

/** The bytes of a context struct as a host of one byte order has them; each change is a new one. */
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

    /** What two pointer fields lead to: the first byte, and just behind the last one. */
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

    /** All zero, on a little-endian host. */
    public static Context zero(ContextStruct struct) {
        return zero(struct, ByteOrder.LITTLE_ENDIAN);
    }

    /** All zero, on a host of this byte order. */
    public static Context zero(ContextStruct struct, ByteOrder order) {
        return new Context(struct, order, new byte[struct.size()]);
    }

    /** These bytes of a host of this byte order, as many as the struct has. */
    public static Context of(ContextStruct struct, ByteOrder order, byte[] bytes) {
        if (bytes.length != struct.size()) {
            throw new IllegalArgumentException(struct.kernelName() + " has " + struct.size() + " bytes");
        }
        return new Context(struct, order, bytes.clone());
    }

    /**
     * What a connect, sendmsg or bind hook of a little-endian host sees.
     *
     * @param hook one that ends in 4 or 6: it says which address fields are filled
     * @param address 4 or 16 bytes, as the hook's family has them
     * @param port 0..65535
     * @param protocol as IPPROTO numbers have it
     */
    public static Context address(Hook hook, byte[] address, int port, SocketType type, int protocol) {
        boolean four = hook.mayRead(4, Width.W);
        if (hook.context() != ContextStruct.SOCK_ADDR || address.length != (four ? 4 : 16)) {
            throw new IllegalArgumentException(address.length + " bytes are no address at " + hook.word());
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

    /** What sock_create sees on a little-endian host. */
    public static Context socket(AddressFamily family, SocketType type, int protocol) {
        return zero(ContextStruct.SOCK)
                .with("family", family.number())
                .with("type", type.number())
                .with("protocol", protocol);
    }

    /** What device sees on a little-endian host. */
    public static Context device(DeviceNumber device, Set<DeviceAccess> access) {
        return zero(ContextStruct.DEVICE)
                .with("access_type", DeviceAccess.accessType(device.kind(), access))
                .with("major", device.major())
                .with("minor", device.minor());
    }

    /** What sysctl sees on a little-endian host, at file position 0. */
    public static Context sysctl(boolean write) {
        return zero(ContextStruct.SYSCTL).with("write", write ? 1 : 0);
    }

    /**
     * What getsockopt or setsockopt sees.
     *
     * @param order of the host
     * @param optlen as the program finds it, of which it sees `value` alone
     * @param value what lies between `optval` and `optval_end`
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
     * The same packet with these bytes between `data` and `data_end`: the linear part of the skb from the IP header on, which
     * may be less than the packet.
     */
    public Context linear(byte[] content) {
        return pointing("data", "data_end", content);
    }

    /** What getsockopt or setsockopt sees, with these bytes at the beginning of the option's value, which has as many at least. */
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

    /** The same, whose `sk` points to a socket with these fields of `struct bpf_sock`. */
    public Context of(Context other) {
        if (other.struct() != ContextStruct.SOCK || !other.order().equals(order)) {
            throw new IllegalArgumentException(other.struct().kernelName() + " is not a socket of this host");
        }
        return new Context(struct, order, bytes, buffer, Optional.of(other));
    }

    /** The socket to which `sk` points; empty where nothing is known of it. */
    Optional<Context> socket() {
        return socket;
    }

    /** The same with other bytes, and nothing between pointers. */
    Context with(byte[] changed) {
        return new Context(struct, order, changed.clone(), Optional.empty(), socket);
    }

    Optional<Buffer> buffer() {
        return buffer;
    }

    /** The byte order of the host. */
    public ByteOrder order() {
        return order;
    }

    public ContextStruct struct() {
        return struct;
    }

    /** A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The same with this number in the field, in the field's own byte order. */
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

    /** The same with these bytes as the field. */
    public Context with(String name, byte[] value) {
        ContextField field = field(name);
        if (value.length != field.bytes()) {
            throw new IllegalArgumentException("`" + name + "` has " + field.bytes() + " bytes");
        }
        byte[] changed = bytes.clone();
        System.arraycopy(value, 0, changed, field.offset(), value.length);
        return new Context(struct, order, changed, buffer, socket);
    }

    /** The unsigned number in a field of at most 8 bytes. */
    public long number(String name) {
        ContextField field = field(name);
        int length = length(field);
        if (length > 8) {
            throw new IllegalArgumentException("`" + name + "` is no number");
        }
        long value = 0;
        for (int index = 0; index < length; index++) {
            value |= (bytes[start(field) + index] & 0xffL) << 8 * place(field, index, length);
        }
        return value;
    }

    /** A copy of the field's bytes. */
    public byte[] field(ContextField field) {
        return Arrays.copyOfRange(bytes, field.offset(), field.end());
    }

    /** How many bytes of the field carry its number. */
    private static int length(ContextField field) {
        return switch (field.order()) {
            case NETWORK_16_IN_32 -> 2;
            case HOST, NETWORK, NETWORK_32, POINTER, SCRATCH -> field.bytes();
        };
    }

    /** Where they begin: a port that the kernel has loaded as 16 bits lies in the low half of the 32. */
    private int start(ContextField field) {
        boolean low = field.order() == ByteOrderKind.NETWORK_16_IN_32 && order == ByteOrder.BIG_ENDIAN;
        return low ? field.end() - length(field) : field.offset();
    }

    /** Which byte of the number, from the least significant, lies at this index. */
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
