package org.ringwall.compiler.request;

import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;

/** One question that the kernel asks at one hook. Ports are host order; numbers are unsigned. */
public sealed interface Request {
    /** The hook at which it is asked. */
    Hook hook();

    /** Who asks; where no task does (docs/semantics.md section 7), who made the socket. */
    Actor actor();

    /** Who is known to a program: at hooks where no task asks, whom the socket's stamp names, if it has one. */
    default Optional<Actor> maker() {
        return Optional.of(actor());
    }

    /** Calls the visitor's method for this kind. */
    <R> R accept(Visitor<R> visitor);

    /** What another package does with a request. */
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
     * The hooks with an address: connect, sendmsg, recvmsg, bind and the name hooks. `address` is v4 exactly at the `4`
     * hooks; `source`, of the same form, is the address that sendmsg sends from, "any" where the kernel is to choose.
     *
     * @param dual at sendmsg4 the state of a socket of AF_INET6; empty for one of AF_INET
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
            boolean v4 = hook.word().endsWith("4");
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

        /** Of a socket that has the family of the hook. */
        public AtAddress(
                Hook hook, RawAddress address, int port, RawAddress source, int protocol, int type, Actor actor) {
            this(hook, address, port, source, protocol, type, actor, Optional.empty());
        }

        /** With the kernel's choice to send from. */
        public AtAddress(Hook hook, RawAddress address, int port, int protocol, int type, Actor actor) {
            this(hook, address, port, new RawAddress(address.isV4(), U128.ZERO), protocol, type, actor);
        }

        /** The same for a socket of AF_INET6. */
        public AtAddress by(DualStack socket) {
            return new AtAddress(hook, address, port, source, protocol, type, actor, Optional.of(socket));
        }

        /**
         * Whether it is no request but what a UDP socket of AF_INET6 sends to the v4 address to which it is connected, which was
         * decided when it connected (docs/semantics.md section 4).
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
            return switch (hook) {
                case BIND4, BIND6, GETSOCKNAME4, GETSOCKNAME6 -> true;
                default -> false;
            };
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.atAddress(this);
        }
    }

    /**
     * The state of a socket of AF_INET6 that sends to a v4 address.
     *
     * @param state TCP_ESTABLISHED (1) for a datagram socket that is connected, TCP_CLOSE (7) otherwise
     * @param remote 16 bytes, the address to which it was last connected
     */
    record DualStack(int state, RawAddress remote, int port) {
        /** TCP_ESTABLISHED of include/net/tcp_states.h. */
        public static final int CONNECTED = 1;

        /** TCP_CLOSE. */
        public static final int UNCONNECTED = 7;

        public DualStack {
            if (remote.isV4()) {
                throw new IllegalArgumentException("a socket of AF_INET6 has 16 bytes of address");
            }
        }
    }

    /** A socket without an address, with what `bpf_sock` shows of it. */
    sealed interface OfSocket extends Request {
        /** 2 or 10. */
        int family();

        /** SOCK_STREAM and its like. */
        int type();

        /** A number of {@link org.ringwall.bpf.kernel.IpProtocol}, or any other. */
        int protocol();

        /** SO_MARK, 32 bits. */
        long mark();

        /** SO_PRIORITY, 32 bits. */
        long priority();

        /** The index of the interface to which it is bound; 0 for none. */
        long boundIf();
    }

    /** sock_create. `family` is 2 or 10. */
    record MakeSocket(int family, int type, int protocol, long mark, long priority, long boundIf, Actor actor)
            implements OfSocket {
        @Override
        public Hook hook() {
            return Hook.SOCK_CREATE;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.makeSocket(this);
        }
    }

    /** device. `type` is 1 block or 2 char. */
    record TouchDevice(int type, long major, long minor, Set<Access> access, Actor actor) implements Request {
        public TouchDevice {
            access = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(access));
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
     * sysctl. `name` is the path below /proc/sys; `content` is what it holds, as reading the file gives it.
     */
    record TouchSysctl(String name, Optional<ByteString> content, Optional<Write> written, Actor actor)
            implements Request {
        /** A read or a write of which nothing more is said. */
        public TouchSysctl(String name, boolean write, Actor actor) {
            this(name, Optional.empty(), write ? Optional.of(Write.UNSAID) : Optional.empty(), actor);
        }

        /** What is written, and at which place of the file. */
        public record Write(Optional<ByteString> text, long position) {
            static final Write UNSAID = new Write(Optional.empty(), 0);
        }

        /** Whether it is written to. */
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

    /** post_bind4/6: what a socket is bound to, the port that the kernel chose included. */
    record Bound(Hook hook, RawAddress address, int port, int protocol, int type, Actor actor) implements Request {
        public Bound {
            boolean v4 = hook == Hook.POST_BIND4;
            if (!v4 && hook != Hook.POST_BIND6 || v4 != address.isV4()) {
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

    /** sock_release. `family` is 2 or 10. */
    record ReleaseSocket(int family, int type, int protocol, long mark, long priority, long boundIf, Actor actor)
            implements OfSocket {
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
     * getsockopt and setsockopt.
     *
     * @param optlen as the first program finds it: the caller's at setsockopt and where the kernel failed, else the
     *     answer's; negative only where another program has taken the call over
     * @param value what lies between `optval` and `optval_end`
     * @param order byte order of the machine, in which the value's numbers lie
     * @param retval at getsockopt what the kernel answered, 0 or a negative errno; 0 at setsockopt
     */
    record UseOption(
            Hook hook, int level, int optname, int optlen, ByteString value, ByteOrder order, int retval, Actor actor)
            implements Request {
        /** Bytes of a value that programs see at most: PAGE_SIZE. */
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

    /** sock_ops: something happens to a TCP connection. No task asks. */
    record TcpEvent(SockOpsEvent event, End remote, End local, Map<String, Long> numbers, Owner owner)
            implements Request {
        /** Whether the socket is a full one, in {@link #numbers}. */
        public static final String FULL = "is_fullsock";

        /** Bytes of the packet that caused the event, in {@link #numbers}: 0 for a connect in repair mode. */
        public static final String PACKET = "skb_len";

        /** What the other end has acknowledged, in {@link #numbers}: the SYN alone where this end has just connected. */
        public static final String ACKED = "bytes_acked";

        /** A SYN-ACK with a header of 40 bytes. */
        private static final long ORDINARY_PACKET = 40;

        /** An address as the socket has it, and a port. */
        public record End(RawAddress address, int port) {}

        public TcpEvent {
            if (remote.address().isV4() != local.address().isV4()) {
                throw new IllegalArgumentException("a socket has one family");
            }
            numbers = java.util.Collections.unmodifiableMap(new TreeMap<>(numbers));
            numbers.keySet().forEach(name -> {
                if (ContextStruct.SOCK_OPS.field(name).isEmpty()) {
                    throw new IllegalArgumentException("bpf_sock_ops has no `" + name + "`");
                }
            });
        }

        /** Of a socket that an ordinary user has made. */
        public TcpEvent(SockOpsEvent event, End remote, End local, Map<String, Long> numbers) {
            this(event, remote, local, numbers, Owner.ORDINARY);
        }

        /** Who made the socket, as its stamp says: where there is no full socket nobody can tell. */
        @Override
        public Optional<Actor> maker() {
            return isFull() ? owner.maker() : Optional.empty();
        }

        /** 2 or 10, as the socket's own addresses are. */
        public int family() {
            return (remote.address().isV4() ? AddressFamily.INET : AddressFamily.INET6).number();
        }

        /** A field of the context by the kernel's name; if nothing is said, 0, or that of an ordinary event. */
        public long number(String name) {
            long unsaid = switch (name) {
                case FULL -> 1;
                case PACKET -> ORDINARY_PACKET;
                case ACKED -> event == SockOpsEvent.ACTIVE_ESTABLISHED ? 1 : 0;
                default -> 0;
            };
            return numbers.getOrDefault(name, unsaid);
        }

        /** Whether the socket is a full one, which it is unless said otherwise. */
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
     * connect_unix, sendmsg_unix, recvmsg_unix, getpeername_unix, getsockname_unix.
     *
     * @param path what is in `sun_path`, at most 108 bytes: what the caller put there, or, at the last three, the name that the
     *     kernel has; none at all is an address without a name
     */
    record AtPath(Hook hook, int type, ByteString path, Actor actor) implements Request {
        /** The bytes of `sun_path`. */
        public static final int MOST_BYTES = 108;

        public AtPath {
            if (!hook.word().endsWith("_unix") || path.size() > MOST_BYTES) {
                throw new IllegalArgumentException(hook.word() + " is not asked about " + path);
            }
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.atPath(this);
        }
    }

    /**
     * skb_ingress, skb_egress: a packet from its IP header on.
     *
     * @param etherType what the kernel takes it for: 0x0800 IPv4, 0x86dd IPv6
     */
    record Packet(Hook hook, int etherType, Bytes bytes, PacketMeta meta, Owner owner) implements Request {
        public Packet {
            if (hook.context() != ContextStruct.SK_BUFF) {
                throw new IllegalArgumentException(hook.word() + " sees no packets");
            }
        }

        /** Of a socket that an ordinary user has made. */
        public Packet(Hook hook, int etherType, Bytes bytes, PacketMeta meta) {
            this(hook, etherType, bytes, meta, Owner.ORDINARY);
        }

        @Override
        public Optional<Actor> maker() {
            return owner.maker();
        }

        /** The same packet of another socket. */
        public Packet of(Owner other) {
            return new Packet(hook, etherType, bytes, meta, other);
        }

        /** How many bytes it has. */
        public int size() {
            return bytes.size();
        }

        /** A copy of its first bytes, all of them if it has no more. */
        public byte[] first(int count) {
            return bytes.slice(0, Math.min(count, size())).toArray();
        }

        /** The same packet cut off behind its first bytes. */
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
     * The socket that a packet or an event is of.
     *
     * @param actor who made it, or the listener that accepted it; the cookie is its own
     * @param stamped whether it carries a stamp, without which nobody can tell
     */
    record Owner(Actor actor, boolean stamped) {
        /** Made by an ordinary user under the policy. */
        public static final Owner ORDINARY = new Owner(Actor.ORDINARY, true);

        /** Whom the stamp names. */
        public Optional<Actor> maker() {
            return stamped ? Optional.of(actor) : Optional.empty();
        }
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

        /** The kernel's BPF_DEVCG_ACC_ bit. */
        public int bit() {
            return bit;
        }

        /** `r`, `w` or `m`. */
        public char letter() {
            return name().toLowerCase(Locale.ROOT).charAt(0);
        }
    }
}
