// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import static org.ringwall.conformance.bypass.NetworkDrivers.NESTED;
import static org.ringwall.conformance.bypass.NetworkDrivers.attribute;
import static org.ringwall.conformance.bypass.NetworkDrivers.join;
import static org.ringwall.conformance.bypass.NetworkDrivers.text;
import static org.ringwall.conformance.bypass.Os.DGRAM;
import static org.ringwall.conformance.bypass.Os.RAW;
import static org.ringwall.conformance.bypass.Os.UDP;
import static org.ringwall.conformance.bypass.Sockaddr.ALLOWED;
import static org.ringwall.conformance.bypass.Sockaddr.INET;
import static org.ringwall.conformance.bypass.Sockaddr.LOOPBACK;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.kernel.Errno;

/**
 * Bypasses by packets whose addresses the kernel changes between the hook and the wire. A process
 * with CAP_NET_ADMIN adds the rules and devices for it.
 */
final class RewriteDrivers {
    private static final int NETFILTER = 12;
    private static final int NFPROTO_NETDEV = 5;
    private static final int NFPROTO_IPV4 = 2;
    private static final int SUBSYSTEM = 10 << 8;
    private static final int BATCH_BEGIN = 16;
    private static final int BATCH_END = 17;
    private static final int NEWTABLE = SUBSYSTEM;
    private static final int DELTABLE = SUBSYSTEM | 2;
    private static final int NEWCHAIN = SUBSYSTEM | 3;
    private static final int NEWRULE = SUBSYSTEM | 6;
    private static final int REQUEST = 1;
    private static final int REQUEST_ACK = 5;
    private static final int CREATE = 0x400;
    private static final int APPEND = 0x800;
    private static final int NLMSG_HEAD = 20;

    private static final int INGRESS = 0;
    private static final int EGRESS = 1;
    static final int SOURCE_AT = 12;
    static final int DESTINATION_AT = 16;
    private static final int NETWORK_HEADER = 1;
    private static final int INTERNET_SUM = 1;
    private static final int SUM_AT = 10;
    private static final int REGISTER = 8;

    private static final int VXLAN_PORT = 4789;

    /** The first 4 bytes of the header of a datagram with one byte, and a class of 0x28. */
    private static final int HEAD_WITH_CLASS = 0x4528001d;

    private static final int OUTSIDER = 0x7f000005;

    /** The errors of a kernel without nf_tables, or without such a hook. */
    private static final Set<Integer> ABSENT =
            Set.of(Errno.EOPNOTSUPP.number(), Errno.EINVAL.number(), Errno.ENOENT.number());

    private static final byte[] BYTE = {42};

    private RewriteDrivers() {}

    static Map<String, BypassDriver> all() {
        Map<String, BypassDriver> drivers = new LinkedHashMap<>();
        drivers.put("rewritten-destination", RewriteDrivers::destination);
        drivers.put("rewritten-source", RewriteDrivers::source);
        drivers.put("tunnel-source", RewriteDrivers::unpacked);
        return drivers;
    }

    /** Sends a packet to 127.0.0.9 that leaves for 127.0.0.1. */
    private static BypassDriver.Act destination(Os os) {
        long watcher = PacketDrivers.wire(os);
        return then -> {
            rewrite(then, EGRESS, DESTINATION_AT, LOOPBACK);
            try {
                then.sendTo(then.socket(INET, DGRAM, UDP), BYTE, 0, Sockaddr.v4(ALLOWED, BindDrivers.PORT));
                OptionDrivers.seen(
                        then, watcher, packet -> ByteBuffer.wrap(packet).getInt(DESTINATION_AT) == LOOPBACK);
            } finally {
                restore(then);
            }
        };
    }

    /** Sends a packet whose class an nf_tables rule sets, which IP_TOS would. */
    static BypassDriver.Act serviceClass(Os os) {
        long watcher = PacketDrivers.wire(os);
        return then -> {
            rewrite(then, EGRESS, 0, HEAD_WITH_CLASS);
            try {
                then.sendTo(then.socket(INET, DGRAM, UDP), BYTE, 0, Sockaddr.v4(LOOPBACK, BindDrivers.PORT));
                OptionDrivers.seen(
                        then, watcher, packet -> ByteBuffer.wrap(packet).getInt(0) == HEAD_WITH_CLASS);
            } finally {
                restore(then);
            }
        };
    }

    /** Receives a packet from 127.0.0.1 that seems to come from 127.0.0.9. */
    private static BypassDriver.Act source(Os os) {
        os.leave();
        long peer = os.socket(INET, DGRAM, UDP);
        os.bind(peer, Sockaddr.v4(LOOPBACK, 0));
        os.enter();
        return then -> {
            rewrite(then, INGRESS, SOURCE_AT, ALLOWED);
            try {
                long fd = then.socket(INET, DGRAM, UDP);
                then.bind(fd, Sockaddr.v4(LOOPBACK, 0));
                then.sendTo(peer, BYTE, 0, Sockaddr.v4(LOOPBACK, then.port(fd)));
                then.receive(fd);
            } finally {
                restore(then);
            }
        };
    }

    /**
     * Adds a table with one rule that writes an address into every packet of the loopback
     * interface.
     */
    private static void rewrite(Os os, int hook, int offset, int address) {
        byte[] table = attribute(1, text("t"));
        byte[] place = join(number(1, hook), number(2, 0), attribute(3, text("lo")));
        byte[] chain = join(table, attribute(3, text("c")), attribute(4 | NESTED, place), attribute(7, text("filter")));
        byte[] load = join(number(1, REGISTER), attribute(2 | NESTED, number(1, address)));
        byte[] store = join(
                number(5, REGISTER),
                number(2, NETWORK_HEADER),
                number(3, offset),
                number(4, Integer.BYTES),
                number(6, INTERNET_SUM),
                number(7, SUM_AT),
                number(8, 1));
        byte[] expressions = join(expression("immediate", load), expression("payload", store));
        byte[] rule = join(table, attribute(2, text("c")), attribute(4 | NESTED, expressions));
        batch(
                os,
                message(NEWTABLE, REQUEST_ACK | CREATE, table),
                message(NEWCHAIN, REQUEST_ACK | CREATE, chain),
                message(NEWRULE, REQUEST_ACK | CREATE | APPEND, rule));
    }

    private static void restore(Os os) {
        batch(os, message(DELTABLE, REQUEST_ACK, attribute(1, text("t"))));
    }

    /**
     * Adds a table with one NAT rule for IPv4, as the host does.
     *
     * @param hook the number of the chain's hook (enum nf_inet_hooks)
     * @param offset the offset of the translated address in the IP header
     * @param from the address that is translated
     * @param to the address that it becomes
     */
    static void translate(Os os, int hook, int offset, int from, int to) {
        boolean source = offset == SOURCE_AT;
        byte[] table = attribute(1, text("nat"));
        byte[] place = join(number(1, hook), number(2, source ? 100 : -100));
        byte[] chain = join(table, attribute(3, text("c")), attribute(4 | NESTED, place), attribute(7, text("nat")));
        byte[] load = join(number(1, REGISTER), number(2, NETWORK_HEADER), number(3, offset), number(4, Integer.BYTES));
        byte[] compare = join(number(1, REGISTER), number(2, 0), attribute(3 | NESTED, number(1, from)));
        byte[] value = join(number(1, REGISTER), attribute(2 | NESTED, number(1, to)));
        byte[] nat = join(number(1, source ? 0 : 1), number(2, NFPROTO_IPV4), number(3, REGISTER));
        byte[] expressions = join(
                expression("payload", load),
                expression("cmp", compare),
                expression("immediate", value),
                expression("nat", nat));
        byte[] rule = join(table, attribute(2, text("c")), attribute(4 | NESTED, expressions));
        batch(
                os,
                message(NFPROTO_IPV4, NEWTABLE, REQUEST_ACK | CREATE, table),
                message(NFPROTO_IPV4, NEWCHAIN, REQUEST_ACK | CREATE, chain),
                message(NFPROTO_IPV4, NEWRULE, REQUEST_ACK | CREATE | APPEND, rule));
    }

    /** Removes the table of {@link #translate}. */
    static void endTranslation(Os os) {
        batch(os, message(NFPROTO_IPV4, DELTABLE, REQUEST_ACK, attribute(1, text("nat"))));
    }

    private static byte[] expression(String name, byte[] data) {
        return attribute(1 | NESTED, join(attribute(1, text(name)), attribute(2 | NESTED, data)));
    }

    private static byte[] number(int type, int value) {
        return attribute(type, NetworkDrivers.number(value, ByteOrder.BIG_ENDIAN));
    }

    /** Performs one transaction of nf_tables; reports a kernel without it by EPROTONOSUPPORT. */
    private static void batch(Os os, byte[]... messages) {
        long fd = os.socket(Sockaddr.NETLINK, RAW, NETFILTER);
        os.send(fd, join(limit(BATCH_BEGIN), join(messages), limit(BATCH_END)));
        for (int i = 0; i < messages.length; i++) {
            int error = ByteBuffer.wrap(os.receive(fd))
                    .order(ByteOrder.nativeOrder())
                    .getInt(16);
            if (error != 0) {
                throw new Refused(ABSENT.contains(-error) ? Errno.EPROTONOSUPPORT.number() : -error, "nf_tables");
            }
        }
    }

    private static byte[] limit(int type) {
        ByteBuffer message = ByteBuffer.wrap(message(type, REQUEST, new byte[0]));
        return message.putShort(NLMSG_HEAD - 2, (short) 10)
                .put(NLMSG_HEAD - 4, (byte) 0)
                .array();
    }

    private static byte[] message(int type, int flags, byte[] attributes) {
        return message(NFPROTO_NETDEV, type, flags, attributes);
    }

    /** Returns a `struct nlmsghdr`, a `struct nfgenmsg` of the family, and attributes. */
    private static byte[] message(int family, int type, int flags, byte[] attributes) {
        ByteBuffer message = ByteBuffer.allocate(NLMSG_HEAD + attributes.length).order(ByteOrder.nativeOrder());
        message.putInt(message.capacity()).putShort((short) type).putShort((short) flags);
        message.putInt(1).putInt(0).put((byte) family).position(NLMSG_HEAD);
        return message.put(attributes).array();
    }

    /**
     * Receives a vxlan packet of 127.0.0.5, which is denied, that contains a datagram of
     * 198.51.100.9, which is allowed.
     */
    private static BypassDriver.Act unpacked(Os os) {
        os.leave();
        long peer = os.socket(INET, DGRAM, UDP);
        os.bind(peer, Sockaddr.v4(OUTSIDER, 0));
        os.enter();
        return then -> {
            NetworkDrivers.addTunnel(then, NetworkDrivers.VXLAN, OUTSIDER);
            try {
                long fd = then.socket(INET, DGRAM, UDP);
                NetworkDrivers.setAddress(then, fd);
                then.bind(fd, Sockaddr.v4(NetworkDrivers.INNER - 1, 0));
                byte[] inner = PacketDrivers.datagram(NetworkDrivers.INNER, NetworkDrivers.INNER - 1, then.port(fd));
                then.sendTo(peer, vxlan(inner), 0, Sockaddr.v4(ALLOWED, VXLAN_PORT));
                then.receive(fd);
            } finally {
                NetworkDrivers.removeTunnel(then);
            }
        };
    }

    /** Returns the vxlan header and a broadcast Ethernet frame. */
    private static byte[] vxlan(byte[] packet) {
        byte[] all = new byte[6];
        Arrays.fill(all, (byte) -1);
        byte[] from = {2, 0, 0, 0, 0, 7};
        return ByteBuffer.allocate(22 + packet.length)
                .putInt(0x0800_0000)
                .putInt(NetworkDrivers.VNI << 8)
                .put(all)
                .put(from)
                .putShort((short) 0x0800)
                .put(packet)
                .array();
    }
}
