// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.U128;

/**
 * A conversion from a request to the subjects that guards see (docs/semantics.md sections 1, 2 and
 * 5).
 */
final class FieldResolver {
    private static final int INET = 2;
    private static final int INET6 = 10;
    private static final Address ANY4 = Address.v4(0);
    private static final Address ANY6 = Address.ofV6(U128.ZERO);
    private static final Address LOOPBACK4 = Address.v4(0x7f00_0001L);
    private static final Address LOOPBACK6 = Address.ofV6(U128.of(1));

    /** Section 3: the protocols with ports: tcp, mptcp, udp, udplite, sctp, dccp. */
    private static final Set<Integer> WITH_PORTS = Set.of(6, 262, 17, 136, 132, 33);

    private static final int RAW = 3;

    /** Section 3: the maximum number of bytes of a string that are known. */
    private static final int KNOWN = 255;

    private FieldResolver() {}

    /** Returns the subjects of a request, in the order in which they are decided. */
    static List<Subject> of(Request request) {
        return request.accept(new OfRequest());
    }

    private static final class OfRequest implements Request.Visitor<List<Subject>> {
        @Override
        public List<Subject> atAddress(Request.AtAddress request) {
            return FieldResolver.atAddress(request);
        }

        @Override
        public List<Subject> makeSocket(Request.MakeSocket request) {
            return List.of(FieldResolver.makeSocket(request));
        }

        @Override
        public List<Subject> touchDevice(Request.TouchDevice request) {
            return FieldResolver.touchDevice(request);
        }

        @Override
        public List<Subject> touchSysctl(Request.TouchSysctl request) {
            return List.of(FieldResolver.touchSysctl(request));
        }

        @Override
        public List<Subject> bound(Request.Bound request) {
            return List.of(FieldResolver.bound(request));
        }

        @Override
        public List<Subject> releaseSocket(Request.ReleaseSocket request) {
            return List.of(FieldResolver.releaseSocket(request));
        }

        @Override
        public List<Subject> tcpEvent(Request.TcpEvent request) {
            return List.of(FieldResolver.tcpEvent(request));
        }

        @Override
        public List<Subject> useOption(Request.UseOption request) {
            return List.of(FieldResolver.useOption(request));
        }

        @Override
        public List<Subject> atPath(Request.AtPath request) {
            return List.of(FieldResolver.atPath(request));
        }

        @Override
        public List<Subject> packet(Request.Packet request) {
            return List.of(PacketReader.read(request));
        }
    }

    /** Section 1, "start talking" and "take an address". */
    private static List<Subject> atAddress(Request.AtAddress request) {
        Address address = request.address().normalised();
        boolean local = request.isLocal();
        List<Address> decidedAs = isDestination(request.hook()) ? destinations(address) : List.of(address);
        List<Subject> subjects = new ArrayList<>();
        for (Address as : decidedAs) {
            Map<Field, FieldValue> fields = socketIdentity(request.actor());
            fields.put(local ? Field.LOCAL_IP : Field.REMOTE_IP, new FieldValue.Ip(as));
            int protocol = protocol(request.type(), request.protocol());
            if (hasPorts(protocol)) {
                fields.put(local ? Field.LOCAL_PORT : Field.REMOTE_PORT, new FieldValue.Number(request.port()));
            }
            fields.put(Field.PROTO, new FieldValue.Number(protocol));
            fields.put(Field.TYPE, new FieldValue.Number(request.type()));
            fields.put(Field.FAMILY, new FieldValue.Number(as.isV4() ? INET : INET6));
            if (request.hook() == Hook.SENDMSG4 || request.hook() == Hook.SENDMSG6) {
                fields.put(Field.LOCAL_IP, new FieldValue.Ip(request.source().normalised()));
            }
            subjects.add(new Subject(as.equals(address) ? "" : "as " + as, fields, Set.of()));
        }
        return subjects;
    }

    private static boolean isDestination(Hook hook) {
        return switch (hook) {
            case CONNECT4, CONNECT6, SENDMSG4, SENDMSG6 -> true;
            default -> false;
        };
    }

    /**
     * Section 2, destination "any": IPv4 counts as its loopback address; `::` is decided as `::1`
     * and then as `127.0.0.1`.
     */
    private static List<Address> destinations(Address address) {
        if (address.equals(ANY4)) {
            return List.of(LOOPBACK4);
        }
        return address.equals(ANY6) ? List.of(LOOPBACK6, LOOPBACK4) : List.of(address);
    }

    /** Section 2: returns the address that replaces an IPv4 "any" destination; empty for others. */
    static Optional<Address> substituted(Request request) {
        return request instanceof Request.AtAddress at
                        && isDestination(at.hook())
                        && at.address().normalised().equals(ANY4)
                ? Optional.of(LOOPBACK4)
                : Optional.empty();
    }

    /** Section 3: a request has a port if and only if its protocol has ports. */
    private static boolean hasPorts(int protocol) {
        return WITH_PORTS.contains(protocol);
    }

    /** Section 1: a raw socket puts the low byte of its protocol into its packets. */
    private static int protocol(int type, int protocol) {
        return type == RAW ? protocol & 255 : protocol;
    }

    /** Section 1, "make a socket". */
    private static Subject makeSocket(Request.MakeSocket request) {
        return new Subject("", socketFields(request), Set.of());
    }

    /** Section 1: adds the further fields of a socket in `on sock_create` and `on sock_release`. */
    static Subject withSocketOptions(Subject subject, Request.OfSocket request) {
        Map<Field, FieldValue> fields = new EnumMap<>(subject.known());
        numbers(request, fields);
        return new Subject(subject.about(), fields, subject.unknown());
    }

    /**
     * Adds the fields that are one number of the context. Section 1: some of those of a TCP event
     * exist only on full sockets.
     */
    static void numbers(Request.Numbered request, Map<Field, FieldValue> fields) {
        boolean full = !(request instanceof Request.TcpEvent event) || event.isFull();
        for (Field field : HookFields.numbers(request.hook())) {
            field.spec()
                    .number(request.hook())
                    .filter(number -> full || !number.ofFullSocket())
                    .ifPresent(number -> fields.put(field, new FieldValue.Number(request.number(number.name()))));
        }
    }

    /**
     * Section 6, `egress` at socket creation: the remote end is unknown, and its port absent if the
     * protocol has none. A raw socket sends any protocol, so its protocol is unknown, and so is
     * whether there is a port.
     */
    static Subject withRemoteUnknown(Request.MakeSocket request) {
        Set<Field> unknown = EnumSet.of(Field.REMOTE_IP);
        boolean raw = request.type() == RAW;
        if (raw || hasPorts(request.protocol())) {
            unknown.add(Field.REMOTE_PORT);
        }
        Map<Field, FieldValue> fields = socketFields(request);
        if (raw) {
            fields.remove(Field.PROTO);
            unknown.add(Field.PROTO);
        }
        return new Subject("", fields, unknown);
    }

    private static Map<Field, FieldValue> socketFields(Request.MakeSocket request) {
        return withSocket(socketIdentity(request.actor()), request);
    }

    private static Map<Field, FieldValue> withSocket(Map<Field, FieldValue> fields, Request.OfSocket request) {
        fields.put(Field.FAMILY, new FieldValue.Number(request.family()));
        fields.put(Field.TYPE, new FieldValue.Number(request.type()));
        fields.put(Field.PROTO, new FieldValue.Number(protocol(request.type(), request.protocol())));
        return fields;
    }

    /** Section 5: each bit of the access is a subject, in the order of the constants. */
    private static List<Subject> touchDevice(Request.TouchDevice request) {
        List<Subject> subjects = new ArrayList<>();
        for (Request.Access access : Request.Access.values()) {
            if (request.access().contains(access)) {
                Map<Field, FieldValue> fields = identity(request.actor());
                fields.put(Field.DEV, new FieldValue.Device(request.type(), request.major(), request.minor()));
                fields.put(Field.DEV_TYPE, new FieldValue.Number(request.type()));
                fields.put(Field.DEV_MAJOR, new FieldValue.Number(request.major()));
                fields.put(Field.DEV_MINOR, new FieldValue.Number(request.minor()));
                fields.put(Field.READ, flag(access == Request.Access.READ));
                fields.put(Field.WRITE, flag(access == Request.Access.WRITE));
                fields.put(Field.MKNOD, flag(access == Request.Access.MKNOD));
                subjects.add(new Subject("as " + access.name().toLowerCase(Locale.ROOT), fields, Set.of()));
            }
        }
        return subjects;
    }

    /** Section 1, "touch a sysctl": `read` is the negation of `write`. */
    private static Subject touchSysctl(Request.TouchSysctl request) {
        Map<Field, FieldValue> fields = identity(request.actor());
        Set<Field> unknown = EnumSet.noneOf(Field.class);
        fields.put(Field.NAME, text(ByteString.of(request.name())));
        fields.put(Field.READ, flag(!request.write()));
        fields.put(Field.WRITE, flag(request.write()));
        value(Field.VALUE, request.content(), fields, unknown);
        request.written()
                .ifPresent(write ->
                        value(Field.NEW_VALUE, write.text().filter(text -> write.position() == 0), fields, unknown));
        return new Subject("", fields, unknown);
    }

    /**
     * Section 3: adds the current or new value of a sysctl, which is unknown if the kernel cannot
     * read it or returns nothing.
     */
    private static void value(
            Field field, Optional<ByteString> content, Map<Field, FieldValue> fields, Set<Field> unknown) {
        Optional<ByteString> told = content.filter(text -> text.size() > 0);
        told.ifPresentOrElse(text -> fields.put(field, line(text)), () -> unknown.add(field));
    }

    /** Section 3: returns the value up to its first NUL, without one trailing newline. */
    private static FieldValue.Text line(ByteString raw) {
        FieldValue.Text text = text(raw);
        ByteString known = text.known();
        boolean newline = text.whole() && known.size() > 0 && known.at(known.size() - 1) == '\n';
        return newline ? new FieldValue.Text(known.first(known.size() - 1), true) : text;
    }

    /** Section 3: returns the string up to its first NUL; at most 255 bytes of it are known. */
    private static FieldValue.Text text(ByteString raw) {
        for (int i = 0; i < Math.min(raw.size(), KNOWN); i++) {
            if (raw.at(i) == 0) {
                return new FieldValue.Text(raw.first(i), true);
            }
        }
        return raw.size() > KNOWN ? new FieldValue.Text(raw.first(KNOWN), false) : new FieldValue.Text(raw, true);
    }

    /** Section 1, "reach a Unix socket". */
    private static Subject atPath(Request.AtPath request) {
        Map<Field, FieldValue> fields = socketIdentity(request.actor());
        fields.put(Field.TYPE, new FieldValue.Number(request.type()));
        ByteString raw = request.path();
        if (raw.size() == 0) {
            return new Subject("", fields, Set.of());
        }
        return path(raw)
                .map(path -> {
                    fields.put(Field.PATH, new FieldValue.Text(path, true));
                    return new Subject("", fields, Set.of());
                })
                .orElseGet(() -> new Subject("", fields, EnumSet.of(Field.PATH)));
    }

    /**
     * Section 3: returns the name as policies write it; empty for addresses that have no such form.
     */
    private static Optional<ByteString> path(ByteString raw) {
        byte[] bytes = raw.toArray();
        if (bytes[0] == 0) {
            bytes[0] = '@';
            ByteString name = ByteString.of(bytes);
            return name.has(0) ? Optional.empty() : Optional.of(name);
        }
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return bytes[0] == '@' ? Optional.empty() : Optional.of(raw.first(end));
    }

    /** Section 1, "have taken an address". */
    private static Subject bound(Request.Bound request) {
        Address address = request.address().normalised();
        Map<Field, FieldValue> fields = socketIdentity(request.actor());
        fields.put(Field.LOCAL_IP, new FieldValue.Ip(address));
        if (hasPorts(request.protocol())) {
            fields.put(Field.LOCAL_PORT, new FieldValue.Number(request.port()));
        }
        fields.put(Field.PROTO, new FieldValue.Number(request.protocol()));
        fields.put(Field.TYPE, new FieldValue.Number(request.type()));
        fields.put(Field.FAMILY, new FieldValue.Number(address.isV4() ? INET : INET6));
        return new Subject("", fields, Set.of());
    }

    /** Section 1, "let a socket go", without a caller (section 7). */
    private static Subject releaseSocket(Request.ReleaseSocket request) {
        Map<Field, FieldValue> fields = withSocket(new EnumMap<>(Field.class), request);
        return withSocketOptions(new Subject("", fields, Set.of()), request);
    }

    /** Section 1, "a TCP event". */
    private static Subject tcpEvent(Request.TcpEvent request) {
        Map<Field, FieldValue> fields = stampedIdentity(request);
        fields.put(Field.REMOTE_IP, new FieldValue.Ip(request.remote().address().normalised()));
        fields.put(Field.REMOTE_PORT, new FieldValue.Number(request.remote().port()));
        fields.put(Field.LOCAL_IP, new FieldValue.Ip(request.local().address().normalised()));
        fields.put(Field.LOCAL_PORT, new FieldValue.Number(request.local().port()));
        fields.put(Field.FAMILY, new FieldValue.Number(request.family()));
        for (Field field : Field.values()) {
            field.event().ifPresent(event -> fields.put(field, flag(event == request.event())));
        }
        numbers(request, fields);
        return new Subject("", fields, Set.of());
    }

    /** Section 1, "use a socket option". */
    private static Subject useOption(Request.UseOption request) {
        boolean writes = request.hook() == Hook.SETSOCKOPT;
        Map<Field, FieldValue> fields = identity(request.actor());
        fields.put(Field.NETNS, new FieldValue.Number(request.actor().netns()));
        long level = request.level() & 0xffff_ffffL;
        long number = request.optname() & 0xffff_ffffL;
        fields.put(Field.OPTION, new FieldValue.Number(level << 32 | number));
        fields.put(Field.LEVEL, new FieldValue.Number(level));
        fields.put(Field.OPTNAME, new FieldValue.Number(number));
        fields.put(Field.READ, flag(!writes));
        fields.put(Field.WRITE, flag(writes));
        long length = length(request);
        if (length >= 0) {
            fields.put(Field.OPTLEN, new FieldValue.Number(length));
        }
        if (length >= 1) {
            long value = length >= 4 ? firstWord(request) : request.value().at(0);
            fields.put(Field.OPTVAL, new FieldValue.Number(value));
        }
        if (!writes && request.retval() >= -Errno.MAX) {
            fields.put(Field.RETVAL, new FieldValue.Number(Math.max(0, -(long) request.retval())));
        }
        return new Subject("", fields, Set.of());
    }

    /**
     * Section 1: returns the length of a value, as far as the program sees it; negative if it is
     * absent.
     */
    static long length(Request.UseOption request) {
        int shown = request.value().size();
        if (request.optlen() < 0) {
            return -1;
        } else if (request.hook() == Hook.SETSOCKOPT) {
            boolean longer = request.optlen() > 4096 || request.optlen() == 0 && shown >= 4096;
            return longer ? 4096 : request.optlen();
        }
        boolean answered = request.retval() == 0 && request.optlen() <= Math.min(4096, shown);
        return answered ? request.optlen() : 0;
    }

    /** Returns the first four bytes as a number in the machine's byte order. */
    private static long firstWord(Request.UseOption request) {
        long word = 0;
        for (int index = 0; index < 4; index++) {
            int next = request.order() == ByteOrder.BIG_ENDIAN ? index : 3 - index;
            word = word << 8 | request.value().at(next);
        }
        return word;
    }

    /** Section 7: the identity at hooks that run in the context of the task. */
    private static Map<Field, FieldValue> identity(Actor actor) {
        Map<Field, FieldValue> fields = new EnumMap<>(Field.class);
        fields.put(Field.UID, new FieldValue.Number(actor.uid()));
        fields.put(Field.GID, new FieldValue.Number(actor.gid()));
        fields.put(Field.PID, new FieldValue.Number(actor.pid()));
        fields.put(Field.CGROUP, new FieldValue.Number(actor.cgroup()));
        actor.ancestors()
                .forEach((level, id) -> fields.put(Field.ancestor(level).orElseThrow(), new FieldValue.Number(id)));
        fields.put(Field.COMM, text(actor.comm()));
        return fields;
    }

    /** Section 7: the identity of a request about a socket, with the socket's own cookies. */
    private static Map<Field, FieldValue> socketIdentity(Actor actor) {
        Map<Field, FieldValue> fields = identity(actor);
        fields.put(Field.NETNS, new FieldValue.Number(actor.netns()));
        fields.put(Field.COOKIE, new FieldValue.Number(actor.cookie()));
        return fields;
    }

    /**
     * Section 7: the identity at hooks without a task: the socket's creator if it has a stamp, the
     * socket's own cookie, and a packet's cgroup.
     */
    static Map<Field, FieldValue> stampedIdentity(Request request) {
        Map<Field, FieldValue> fields = new EnumMap<>(Field.class);
        request.maker().ifPresent(maker -> fields.putAll(socketIdentity(maker)));
        fields.put(Field.COOKIE, new FieldValue.Number(request.actor().cookie()));
        if (request instanceof Request.Packet) {
            fields.put(Field.CGROUP, new FieldValue.Number(request.actor().cgroup()));
        }
        return fields;
    }

    private static FieldValue flag(boolean value) {
        return new FieldValue.Number(value ? 1 : 0);
    }
}
