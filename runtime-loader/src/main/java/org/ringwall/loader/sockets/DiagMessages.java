// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sockets;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * The messages of sock_diag(7), from netlink.h, sock_diag.h and inet_diag.h of include/uapi/linux.
 * Numbers are in host byte order. The id of a socket is opaque and copied unchanged.
 */
public final class DiagMessages {
    /** {@code INET_DIAG_BC_CGROUP_COND}, since Linux 5.9. */
    private static final int CGROUP_COND = 13;

    private static final int JMP = 1;
    private static final int OP = 4;
    private static final int COND = OP + Long.BYTES;

    private static final int HEADER = 16;
    private static final int ATTRIBUTE = 4;
    private static final int SOCKID = 48;
    private static final int REQUEST = 8 + SOCKID;
    private static final int MESSAGE = 4 + SOCKID + 20;
    private static final int ADDRESS = 16;

    /** After the id, `idiag_expires`, `idiag_rqueue` and `idiag_wqueue`. */
    private static final int UID = 4 + SOCKID + 12;

    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int SOCK_DESTROY = 21;
    private static final int NLM_F_REQUEST = 1;
    private static final int NLM_F_ACK = 4;
    private static final int NLM_F_DUMP = 0x300;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int INET_DIAG_REQ_BYTECODE = 1;
    private static final int INET_DIAG_CGROUP_ID = 21;

    /** The maximum number of cgroups in one filter, whose offsets and length have 16 bits. */
    static final int MAX_CGROUPS = 1_000;

    private static final int TCP_LISTEN = 10;

    /** IPPROTO_TCP of AF_INET. */
    private static final Kind LISTENER = new Kind(2, 6);

    private DiagMessages() {}

    /**
     * The sockets of one family (AF_INET or AF_INET6) and protocol (IPPROTO_TCP or IPPROTO_UDP).
     */
    public record Kind(int family, int protocol) {}

    /**
     * A socket.
     *
     * @param id `struct inet_diag_sockid`, 48 bytes: addresses, ports, device and cookie
     */
    record Socket(Kind kind, List<Byte> id) {
        Socket {
            id = List.copyOf(id);
        }
    }

    /**
     * The content of a datagram from the kernel.
     *
     * @param sockets the sockets in it that belong to one of the requested cgroups
     * @param done whether this is the last part of a dump
     * @param error the errno of the request, 0 for success; empty if the datagram has no result
     */
    record Answer(List<Socket> sockets, boolean done, OptionalInt error) {}

    /**
     * Returns a request for the sockets of these cgroups, at most {@link #MAX_CGROUPS}; for all if
     * there are none.
     *
     * @param states a bit for each state of a socket: 1 &lt;&lt; TCP_ESTABLISHED, and so on
     */
    static byte[] dump(Kind kind, int states, List<Long> cgroups) {
        if (cgroups.isEmpty()) {
            return request(HEADER + REQUEST, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, kind, states)
                    .array();
        }
        byte[] filter = filter(cgroups);
        ByteBuffer out = request(
                HEADER + REQUEST + ATTRIBUTE + filter.length,
                SOCK_DIAG_BY_FAMILY,
                NLM_F_REQUEST | NLM_F_DUMP,
                kind,
                states);
        out.position(HEADER + REQUEST);
        out.putShort((short) (ATTRIBUTE + filter.length)).putShort((short) INET_DIAG_REQ_BYTECODE);
        return out.put(filter).array();
    }

    /**
     * Returns a request for the TCP socket of IPv4 that listens at a port of 127.0.0.1 in this
     * network namespace.
     */
    static byte[] listener(int port) {
        ByteBuffer out = request(HEADER + REQUEST, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, LISTENER, 1 << TCP_LISTEN);
        int id = out.position();
        // Ports and addresses are in network byte order.
        out.put((byte) (port >>> 8)).put((byte) port);
        out.put(id + 4, (byte) 127).put(id + 7, (byte) 1);
        // INET_DIAG_NOCOOKIE: of any cookie.
        out.putLong(id + SOCKID - Long.BYTES, -1);
        return out.array();
    }

    /** Returns the cgroup of the socket in an answer to {@link #listener}; empty if it has none. */
    static OptionalLong cgroup(byte[] datagram) {
        ByteBuffer in = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
        boolean described =
                datagram.length >= HEADER + MESSAGE && Short.toUnsignedInt(in.getShort(4)) == SOCK_DIAG_BY_FAMILY;
        return described ? cgroup(in, HEADER + MESSAGE, datagram.length) : OptionalLong.empty();
    }

    /**
     * Returns a filter program for {@code inet_diag_bc_run} that accepts the sockets of these
     * cgroups. It has a condition and a jump for each. A true condition continues with its jump to
     * the end of the program, which accepts. A false one skips the jump, and the last one jumps
     * beyond the end, which rejects. {@code inet_diag_bc_audit} permits only jumps to instructions
     * that are reachable from the start by `yes` offsets.
     */
    private static byte[] filter(List<Long> cgroups) {
        ByteBuffer out = ByteBuffer.allocate(cgroups.size() * (COND + OP)).order(ByteOrder.nativeOrder());
        for (long cgroup : cgroups) {
            boolean last = out.remaining() == COND + OP;
            out.put((byte) CGROUP_COND).put((byte) COND).putShort((short) (COND + OP + (last ? OP : 0)));
            out.putLong(cgroup);
            out.put((byte) JMP).put((byte) OP).putShort((short) (out.remaining() + 2));
        }
        return out.array();
    }

    /** Returns a request to end a socket. */
    static byte[] destroy(Socket socket) {
        ByteBuffer out = request(HEADER + REQUEST, SOCK_DESTROY, NLM_F_REQUEST | NLM_F_ACK, socket.kind(), -1);
        socket.id().forEach(out::put);
        return out.array();
    }

    /** Returns a request for the one TCP socket with these addresses, whatever its cookie. */
    public static byte[] query(Kind kind, InetSocketAddress local, InetSocketAddress remote) {
        ByteBuffer out = request(HEADER + REQUEST, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, kind, -1);
        int addresses = out.position() + 2 * Short.BYTES;
        // Ports and addresses are in network byte order.
        out.order(ByteOrder.BIG_ENDIAN).putShort((short) local.getPort()).putShort((short) remote.getPort());
        out.put(local.getAddress().getAddress());
        out.position(addresses + ADDRESS);
        out.put(remote.getAddress().getAddress());
        out.position(addresses + 2 * ADDRESS);
        // No device, and INET_DIAG_NOCOOKIE.
        return out.putInt(0).putLong(-1).array();
    }

    /** Returns the uid of the socket in an answer; empty if it has none. */
    public static OptionalInt uid(byte[] datagram) {
        ByteBuffer in = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
        return datagram.length >= HEADER + MESSAGE
                        && Short.toUnsignedInt(in.getShort(Integer.BYTES)) == SOCK_DIAG_BY_FAMILY
                ? OptionalInt.of(in.getInt(HEADER + UID))
                : OptionalInt.empty();
    }

    /** Returns the id of a socket that does not exist, for probing whether sockets can be ended. */
    static Socket none(Kind kind) {
        List<Byte> id = new ArrayList<>();
        for (int i = 0; i < SOCKID; i++) {
            // A cookie with all bits set (INET_DIAG_NOCOOKIE) would match every socket.
            id.add((byte) (i >= SOCKID - Long.BYTES ? 1 : 0));
        }
        return new Socket(kind, id);
    }

    /** Returns a request whose buffer position is at the id of the socket. */
    private static ByteBuffer request(int size, int type, int flags, Kind kind, int states) {
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
        out.putInt(size)
                .putShort((short) type)
                .putShort((short) flags)
                .putInt(1)
                .putInt(0);
        out.put((byte) kind.family()).put((byte) kind.protocol()).putShort((short) 0);
        return out.putInt(states);
    }

    /** Parses a datagram of the kernel. */
    static Answer answer(byte[] datagram, Kind kind, Set<Long> cgroups) {
        return answer(datagram, kind, cgroups::contains);
    }

    /**
     * Parses a datagram of the kernel.
     *
     * @param wanted receives the id of the cgroup of each socket that has one
     */
    static Answer answer(byte[] datagram, Kind kind, LongPredicate wanted) {
        ByteBuffer in = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
        List<Socket> sockets = new ArrayList<>();
        boolean done = false;
        OptionalInt error = OptionalInt.empty();
        int at = 0;
        while (at + HEADER <= datagram.length) {
            int size = in.getInt(at);
            if (size < HEADER || size > datagram.length - at) {
                throw new IllegalStateException("a netlink message of " + size + " bytes");
            }
            int type = Short.toUnsignedInt(in.getShort(at + 4));
            if (type == NLMSG_DONE || type == NLMSG_ERROR) {
                done |= type == NLMSG_DONE;
                error = OptionalInt.of(size >= HEADER + Integer.BYTES ? -in.getInt(at + HEADER) : 0);
            } else if (type == SOCK_DIAG_BY_FAMILY && size >= HEADER + MESSAGE) {
                OptionalLong cgroup = cgroup(in, at + HEADER + MESSAGE, at + size);
                if (cgroup.isPresent() && wanted.test(cgroup.getAsLong())) {
                    sockets.add(socket(in, at + HEADER + 4, kind));
                }
            }
            at += size + 3 & -4;
        }
        return new Answer(sockets, done, error);
    }

    private static Socket socket(ByteBuffer in, int at, Kind kind) {
        List<Byte> id = new ArrayList<>(SOCKID);
        for (int i = 0; i < SOCKID; i++) {
            id.add(in.get(at + i));
        }
        return new Socket(kind, id);
    }

    private static OptionalLong cgroup(ByteBuffer in, int begin, int end) {
        int at = begin;
        while (at + ATTRIBUTE <= end) {
            int size = Short.toUnsignedInt(in.getShort(at));
            if (size < ATTRIBUTE) {
                break;
            }
            int type = Short.toUnsignedInt(in.getShort(at + 2));
            if (type == INET_DIAG_CGROUP_ID && size == ATTRIBUTE + Long.BYTES) {
                return OptionalLong.of(in.getLong(at + ATTRIBUTE));
            }
            at += size + 3 & -4;
        }
        return OptionalLong.empty();
    }
}
