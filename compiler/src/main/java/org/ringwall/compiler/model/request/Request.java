// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.model.request;

import java.nio.ByteOrder;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.AddressCall;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;

/** One invocation of a hook by the kernel. Ports are in host order; numbers are unsigned. */
public sealed interface Request {
    Hook hook();

    /**
     * Returns the caller; at hooks without a task (docs/semantics.md section 7), the creator of the
     * socket.
     */
    Actor actor();

    /**
     * Returns the identity that a program can determine; at hooks without a task it requires a
     * stamp.
     */
    default Optional<Actor> maker() {
        return Optional.of(actor());
    }

    /** Calls the visitor's method for this kind of request. */
    <R> R accept(Visitor<R> visitor);

    /** An operation of another package on requests of any kind. */
    interface Visitor<R> {
        R atAddress(AtAddress request);

        R makeSocket(MakeSocket request);

        R touchDevice(TouchDevice request);

        R touchSysctl(TouchSysctl request);

        R bound(Bound request);

        R releaseSocket(ReleaseSocket request);

        R tcpEvent(TcpEvent request);

        R useOption(UseOption request);

        R atPath(AtPath request);

        R packet(Packet request);
    }

    /**
     * A request at a hook with an address: connect, sendmsg, recvmsg, bind and the name hooks.
     * `address` is IPv4 exactly at the `4` hooks. `source` has the same form; it is the address
     * that sendmsg sends from, "any" if the kernel chooses it.
     *
     * @param dual at sendmsg4 the state of an AF_INET6 socket; empty for an AF_INET socket
     */
    record AtAddress(
            Hook hook,
            RawAddress address,
            int port,
            RawAddress source,
            int protocol,
            int type,
            Actor actor,
            Optional<DualStack> dual)
            implements Request {
        public AtAddress {
            boolean v4 = hook.is(AddressFamily.INET);
            if (hook.context() != ContextStruct.SOCK_ADDR || v4 != address.isV4() || v4 != source.isV4()) {
                throw new IllegalArgumentException(hook.word() + " does not carry " + address + " and " + source);
            }
            if (port < 0 || port > 0xffff) {
                throw new IllegalArgumentException("no port " + port);
            }
            if (dual.isPresent() && hook != Hook.SENDMSG4) {
                throw new IllegalArgumentException(hook.word() + " does not read the socket");
            }
        }

        /** Creates a request of a socket whose family is that of the hook. */
        public AtAddress(
                Hook hook, RawAddress address, int port, RawAddress source, int protocol, int type, Actor actor) {
            this(hook, address, port, source, protocol, type, actor, Optional.empty());
        }

        /** Creates a request whose source the kernel chooses. */
        public AtAddress(Hook hook, RawAddress address, int port, int protocol, int type, Actor actor) {
            this(hook, address, port, new RawAddress(address.isV4(), U128.ZERO), protocol, type, actor);
        }

        /** Returns the request of an AF_INET6 socket. */
        public AtAddress by(DualStack socket) {
            return new AtAddress(hook, address, port, source, protocol, type, actor, Optional.of(socket));
        }

        /**
         * Whether a UDP socket of AF_INET6 sends to the IPv4 address to which it is connected. This
         * is not a request of its own, because it was decided at connect (docs/semantics.md section
         * 4).
         */
        public boolean isOfConnection() {
            return protocol == IpProtocol.UDP.number()
                    && dual.filter(socket -> socket.state() == DualStack.CONNECTED
                                    && socket.port() == port
                                    && socket.remote().normalised().equals(address.normalised()))
                            .isPresent();
        }

        /** Whether the address is the socket's own: at bind and getsockname. */
        public boolean isLocal() {
            return hook.is(AddressCall::isLocal);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.atAddress(this);
        }
    }

    /**
     * The state of an AF_INET6 socket that sends to an IPv4 address.
     *
     * @param state TCP_ESTABLISHED (1) for a connected datagram socket, TCP_CLOSE (7) otherwise
     * @param remote the address to which it was last connected, 16 bytes
     */
    record DualStack(int state, RawAddress remote, int port) {
        /** TCP_ESTABLISHED of include/net/tcp_states.h. */
        public static final int CONNECTED = 1;

        /** TCP_CLOSE of include/net/tcp_states.h. */
        public static final int UNCONNECTED = 7;

        public DualStack {
            if (remote.isV4()) {
                throw new IllegalArgumentException("a socket of AF_INET6 has 16 bytes of address");
            }
        }
    }

    /** A request whose context has numbers that fields are, without a component for each. */
    sealed interface Numbered extends Request {
        /** Returns the number with this name in the kernel's struct, unsigned. */
        long number(String name);
    }

    /** A socket without an address, with the properties in `bpf_sock`. */
    sealed interface OfSocket extends Numbered {
        /** Returns the family, 2 or 10. */
        int family();

        /** Returns the type, such as SOCK_STREAM. */
        int type();

        /**
         * Returns the protocol, a number of {@link org.ringwall.bpf.kernel.IpProtocol} or any
         * other.
         */
        int protocol();

        /** Returns further numbers by their names in `bpf_sock`; those that are not given are 0. */
        Map<String, Long> numbers();

        @Override
        default long number(String name) {
            return numbers().getOrDefault(name, 0L);
        }
    }

    /** A request at sock_create. `family` is 2 or 10. */
    record MakeSocket(int family, int type, int protocol, Map<String, Long> numbers, Actor actor) implements OfSocket {
        public MakeSocket {
            numbers = known(ContextStruct.SOCK, numbers);
        }

        /** Creates a request of a socket with no option set. */
        public MakeSocket(int family, int type, int protocol, Actor actor) {
            this(family, type, protocol, Map.of(), actor);
        }

        @Override
        public Hook hook() {
            return Hook.SOCK_CREATE;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.makeSocket(this);
        }
    }

    /** A request at device. `type` is 1 for block or 2 for char. */
    record TouchDevice(int type, long major, long minor, Set<Access> access, Actor actor) implements Request {
        public TouchDevice {
            access = Collections.unmodifiableSortedSet(new TreeSet<>(access));
        }

        @Override
        public Hook hook() {
            return Hook.DEVICE;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.touchDevice(this);
        }
    }

    /**
     * A request at sysctl. `name` is the path below /proc/sys; `content` is the current value, as
     * reading the file returns it.
     */
    record TouchSysctl(String name, Optional<ByteString> content, Optional<Write> written, Actor actor)
            implements Request {
        /** Creates a read or a write with unknown content. */
        public TouchSysctl(String name, boolean write, Actor actor) {
            this(name, Optional.empty(), write ? Optional.of(Write.UNSAID) : Optional.empty(), actor);
        }

        /** The data that is written, and its position in the file. */
        public record Write(Optional<ByteString> text, long position) {
            static final Write UNSAID = new Write(Optional.empty(), 0);
        }

        /** Whether it is a write. */
        public boolean write() {
            return written.isPresent();
        }

        @Override
        public Hook hook() {
            return Hook.SYSCTL;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.touchSysctl(this);
        }
    }

    /**
     * A request at post_bind4/6: the address to which a socket is bound, including a port that the
     * kernel chose.
     */
    record Bound(Hook hook, RawAddress address, int port, int protocol, int type, Actor actor) implements Request {
        public Bound {
            boolean v4 = hook.is(AddressFamily.INET);
            if (!hook.is(AddressCall.POST_BIND) || v4 != address.isV4()) {
                throw new IllegalArgumentException(hook.word() + " does not carry " + address);
            }
            if (port < 0 || port > 0xffff) {
                throw new IllegalArgumentException("no port " + port);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.bound(this);
        }
    }

    /** A request at sock_release. `family` is 2 or 10. */
    record ReleaseSocket(int family, int type, int protocol, Map<String, Long> numbers, Actor actor)
            implements OfSocket {
        public ReleaseSocket {
            numbers = known(ContextStruct.SOCK, numbers);
        }

        @Override
        public Hook hook() {
            return Hook.SOCK_RELEASE;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.releaseSocket(this);
        }
    }

    /**
     * A request at getsockopt or setsockopt.
     *
     * @param optlen the length for the first program: the caller's at setsockopt and if the kernel
     *     failed, else that of the answer; negative only if another program has taken over the call
     * @param value the bytes between `optval` and `optval_end`
     * @param order the byte order of the machine, in which numbers in the value are stored
     * @param retval at getsockopt the kernel's result, 0 or a negative errno; 0 at setsockopt
     */
    record UseOption(
            Hook hook, int level, int optname, int optlen, ByteString value, ByteOrder order, int retval, Actor actor)
            implements Request {
        /** The maximum number of bytes of a value that programs see: PAGE_SIZE. */
        private static final int SHOWN = 4096;

        public UseOption {
            boolean writes = hook == Hook.SETSOCKOPT;
            if (hook.context() != ContextStruct.SOCKOPT || writes && retval != 0) {
                throw new IllegalArgumentException(hook.word() + " with retval " + retval);
            }
            if (writes && value.size() < Math.min(optlen, SHOWN)) {
                throw new IllegalArgumentException("less of a value than the kernel shows");
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.useOption(this);
        }
    }

    /** A request at sock_ops: an event of a TCP connection. There is no task. */
    record TcpEvent(SockOpsEvent event, End remote, End local, Map<String, Long> numbers, Owner owner, Closing closing)
            implements Numbered {
        /** The name in {@link #numbers} of whether the socket is a full one. */
        public static final String FULL = "is_fullsock";

        /**
         * The name in {@link #numbers} of the length of the packet that caused the event; 0 for a
         * connect in repair mode.
         */
        public static final String PACKET = "skb_len";

        /**
         * The name in {@link #numbers} of the bytes that the peer has acknowledged; only the SYN if
         * this end has just connected.
         */
        public static final String ACKED = "bytes_acked";

        /** The length of a SYN-ACK with a header of 40 bytes. */
        private static final long ORDINARY_PACKET = 40;

        /**
         * The name in {@link #numbers} of the socket's state, as in include/net/tcp_states.h; when
         * a connection is closed, of its state before.
         */
        public static final String STATE = "state";

        private static final long ESTABLISHED = 1;

        /**
         * What the context does not show when a connection is closed.
         *
         * @param seen whether the policy has seen the connection established
         * @param syn whether `bytes_acked` counts the SYN of this end
         * @param finReceived whether `bytes_received` counts the peer's FIN
         * @param writeSeq the sequence number after the last byte or FIN that was queued
         */
        public record Closing(boolean seen, boolean syn, boolean finReceived, long writeSeq) {
            /** A connection that the other end initiated, closed by a reset. */
            public static final Closing ORDINARY = new Closing(true, false, false, 0);
        }

        /** An address as stored in the socket, and a port. */
        public record End(RawAddress address, int port) {}

        public TcpEvent {
            if (remote.address().isV4() != local.address().isV4()) {
                throw new IllegalArgumentException("a socket has one family");
            }
            numbers = known(ContextStruct.SOCK_OPS, numbers);
        }

        /** Creates an event of a socket that an ordinary user has created. */
        public TcpEvent(SockOpsEvent event, End remote, End local, Map<String, Long> numbers) {
            this(event, remote, local, numbers, Owner.ORDINARY);
        }

        /** Creates an event of a socket; one that is closed is closed in the ordinary way. */
        public TcpEvent(SockOpsEvent event, End remote, End local, Map<String, Long> numbers, Owner owner) {
            this(event, remote, local, numbers, owner, Closing.ORDINARY);
        }

        /**
         * Returns the creator of the socket from its stamp; without a full socket it is not known.
         */
        @Override
        public Optional<Actor> maker() {
            return isFull() ? owner.maker() : Optional.empty();
        }

        /** Returns the family of the socket's addresses, 2 or 10. */
        public int family() {
            return (remote.address().isV4() ? AddressFamily.INET : AddressFamily.INET6).number();
        }

        /**
         * Returns a context field by the kernel's name; if it is not given, 0 or the value of an
         * ordinary event.
         */
        @Override
        public long number(String name) {
            long unsaid = switch (name) {
                case FULL -> 1;
                case PACKET -> ORDINARY_PACKET;
                case ACKED -> event == SockOpsEvent.ACTIVE_ESTABLISHED ? 1 : 0;
                case STATE -> event == SockOpsEvent.TCP_CLOSED ? ESTABLISHED : 0;
                default -> 0;
            };
            return numbers.getOrDefault(name, unsaid);
        }

        /** Whether the socket is a full one, which is the default. */
        public boolean isFull() {
            return number(FULL) != 0;
        }

        @Override
        public Hook hook() {
            return Hook.SOCK_OPS;
        }

        @Override
        public Actor actor() {
            return owner.actor();
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.tcpEvent(this);
        }
    }

    /**
     * A request with the address of a Unix socket.
     *
     * @param path the bytes of `sun_path`, at most 108: the caller's, or, where the kernel
     *     reports the address, the name in the kernel; empty for an unnamed address
     */
    record AtPath(Hook hook, int type, ByteString path, Actor actor) implements Request {
        /** The size of `sun_path` in bytes. */
        public static final int MOST_BYTES = 108;

        public AtPath {
            if (!hook.is(AddressFamily.UNIX) || path.size() > MOST_BYTES) {
                throw new IllegalArgumentException(hook.word() + " is not invoked with " + path);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.atPath(this);
        }
    }

    /**
     * A request at skb_ingress or skb_egress: a packet from its IP header on.
     *
     * @param etherType the kernel's protocol of the packet: 0x0800 for IPv4, 0x86dd for IPv6
     */
    record Packet(Hook hook, int etherType, Bytes bytes, PacketMeta meta, Owner owner) implements Numbered {
        public Packet {
            if (hook.context() != ContextStruct.SK_BUFF) {
                throw new IllegalArgumentException(hook.word() + " sees no packets");
            }
        }

        /** Creates a packet of a socket that an ordinary user has created. */
        public Packet(Hook hook, int etherType, Bytes bytes, PacketMeta meta) {
            this(hook, etherType, bytes, meta, Owner.ORDINARY);
        }

        @Override
        public Optional<Actor> maker() {
            return owner.maker();
        }

        /** Returns the packet of another socket. */
        public Packet of(Owner other) {
            return new Packet(hook, etherType, bytes, meta, other);
        }

        /** Returns a number of the metadata, or the length in bytes. */
        @Override
        public long number(String name) {
            return name.equals("len") ? size() : meta.number(name);
        }

        /** Returns the length in bytes. */
        public int size() {
            return bytes.size();
        }

        /** Returns a copy of the first bytes, all of them if there are fewer. */
        public byte[] first(int count) {
            return bytes.slice(0, Math.min(count, size())).toArray();
        }

        /** Returns the packet truncated to its first bytes. */
        public Packet cut(int count) {
            return new Packet(hook, etherType, Bytes.of(first(count)), meta, owner);
        }

        @Override
        public Actor actor() {
            return owner.actor();
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.packet(this);
        }
    }

    /**
     * The owner of the socket of a packet or an event.
     *
     * @param actor the creator of the socket, or the listener that accepted it, with the socket's
     *     own cookie
     * @param stamped whether the socket carries a stamp, without which programs do not know the
     *     creator
     */
    record Owner(Actor actor, boolean stamped) {
        /** An ordinary user under the policy, with a stamp. */
        public static final Owner ORDINARY = new Owner(Actor.ORDINARY, true);

        /** Returns the creator in the stamp. */
        public Optional<Actor> maker() {
            return stamped ? Optional.of(actor) : Optional.empty();
        }
    }

    private static Map<String, Long> known(ContextStruct struct, Map<String, Long> numbers) {
        numbers.keySet().forEach(struct::require);
        return Collections.unmodifiableMap(new TreeMap<>(numbers));
    }

    /** One bit of a device access, in the order in which they are decided. */
    enum Access {
        READ(2),
        WRITE(4),
        MKNOD(1);

        private final int bit;

        Access(int bit) {
            this.bit = bit;
        }

        /** Returns the kernel's BPF_DEVCG_ACC_ bit. */
        public int bit() {
            return bit;
        }

        /** Returns `r`, `w` or `m`. */
        public char letter() {
            return name().toLowerCase(Locale.ROOT).charAt(0);
        }
    }
}
