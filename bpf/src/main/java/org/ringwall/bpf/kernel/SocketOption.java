// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Socket options by their names in the kernel's headers: include/uapi/asm-generic/socket.h,
 * linux/in.h, in6.h, netfilter_ipv4.h, tcp.h, udp.h, mptcp.h, tls.h, netlink.h and if_packet.h. The
 * SO_ numbers are those of asm-generic, which all architectures but Alpha, MIPS, PA-RISC and SPARC
 * use.
 *
 * <p>A name with an old and a new form (times of 32 and of 64 bits) covers both, and an MCAST_ name
 * covers the options of IPv4 and IPv6, because both have the same meaning. So does SO_ORIGINAL_DST.
 * IPV6_JOIN_GROUP and IPV6_LEAVE_GROUP are the names of RFC 3493 and the C library for two options
 * of in6.h.
 */
public enum SocketOption {
    SO_DEBUG(SocketLevel.SOCKET, 1),
    SO_REUSEADDR(SocketLevel.SOCKET, 2),
    SO_TYPE(SocketLevel.SOCKET, 3),
    SO_ERROR(SocketLevel.SOCKET, 4),
    SO_DONTROUTE(SocketLevel.SOCKET, 5),
    SO_BROADCAST(SocketLevel.SOCKET, 6),
    SO_SNDBUF(SocketLevel.SOCKET, 7),
    SO_RCVBUF(SocketLevel.SOCKET, 8),
    SO_SNDBUFFORCE(SocketLevel.SOCKET, 32),
    SO_RCVBUFFORCE(SocketLevel.SOCKET, 33),
    SO_KEEPALIVE(SocketLevel.SOCKET, 9),
    SO_OOBINLINE(SocketLevel.SOCKET, 10),
    SO_NO_CHECK(SocketLevel.SOCKET, 11),
    SO_PRIORITY(SocketLevel.SOCKET, 12),
    SO_LINGER(SocketLevel.SOCKET, 13),
    SO_BSDCOMPAT(SocketLevel.SOCKET, 14),
    SO_REUSEPORT(SocketLevel.SOCKET, 15),
    SO_PASSCRED(SocketLevel.SOCKET, 16),
    SO_PEERCRED(SocketLevel.SOCKET, 17),
    SO_RCVLOWAT(SocketLevel.SOCKET, 18),
    SO_SNDLOWAT(SocketLevel.SOCKET, 19),
    SO_RCVTIMEO_OLD(SocketLevel.SOCKET, 20),
    SO_SNDTIMEO_OLD(SocketLevel.SOCKET, 21),
    SO_SECURITY_AUTHENTICATION(SocketLevel.SOCKET, 22),
    SO_SECURITY_ENCRYPTION_TRANSPORT(SocketLevel.SOCKET, 23),
    SO_SECURITY_ENCRYPTION_NETWORK(SocketLevel.SOCKET, 24),
    SO_BINDTODEVICE(SocketLevel.SOCKET, 25),
    SO_ATTACH_FILTER(SocketLevel.SOCKET, 26),
    SO_DETACH_FILTER(SocketLevel.SOCKET, 27),
    SO_GET_FILTER(SocketLevel.SOCKET, 26),
    SO_PEERNAME(SocketLevel.SOCKET, 28),
    SO_ACCEPTCONN(SocketLevel.SOCKET, 30),
    SO_PEERSEC(SocketLevel.SOCKET, 31),
    SO_PASSSEC(SocketLevel.SOCKET, 34),
    SO_MARK(SocketLevel.SOCKET, 36),
    SO_PROTOCOL(SocketLevel.SOCKET, 38),
    SO_DOMAIN(SocketLevel.SOCKET, 39),
    SO_RXQ_OVFL(SocketLevel.SOCKET, 40),
    SO_WIFI_STATUS(SocketLevel.SOCKET, 41),
    SO_PEEK_OFF(SocketLevel.SOCKET, 42),
    SO_NOFCS(SocketLevel.SOCKET, 43),
    SO_LOCK_FILTER(SocketLevel.SOCKET, 44),
    SO_SELECT_ERR_QUEUE(SocketLevel.SOCKET, 45),
    SO_BUSY_POLL(SocketLevel.SOCKET, 46),
    SO_MAX_PACING_RATE(SocketLevel.SOCKET, 47),
    SO_BPF_EXTENSIONS(SocketLevel.SOCKET, 48),
    SO_INCOMING_CPU(SocketLevel.SOCKET, 49),
    SO_ATTACH_BPF(SocketLevel.SOCKET, 50),
    SO_DETACH_BPF(SocketLevel.SOCKET, 27),
    SO_ATTACH_REUSEPORT_CBPF(SocketLevel.SOCKET, 51),
    SO_ATTACH_REUSEPORT_EBPF(SocketLevel.SOCKET, 52),
    SO_CNX_ADVICE(SocketLevel.SOCKET, 53),
    SO_MEMINFO(SocketLevel.SOCKET, 55),
    SO_INCOMING_NAPI_ID(SocketLevel.SOCKET, 56),
    SO_COOKIE(SocketLevel.SOCKET, 57),
    SO_PEERGROUPS(SocketLevel.SOCKET, 59),
    SO_ZEROCOPY(SocketLevel.SOCKET, 60),
    SO_TXTIME(SocketLevel.SOCKET, 61),
    SO_BINDTOIFINDEX(SocketLevel.SOCKET, 62),
    SO_TIMESTAMP_OLD(SocketLevel.SOCKET, 29),
    SO_TIMESTAMPNS_OLD(SocketLevel.SOCKET, 35),
    SO_TIMESTAMPING_OLD(SocketLevel.SOCKET, 37),
    SO_TIMESTAMP_NEW(SocketLevel.SOCKET, 63),
    SO_TIMESTAMPNS_NEW(SocketLevel.SOCKET, 64),
    SO_TIMESTAMPING_NEW(SocketLevel.SOCKET, 65),
    SO_RCVTIMEO_NEW(SocketLevel.SOCKET, 66),
    SO_SNDTIMEO_NEW(SocketLevel.SOCKET, 67),
    SO_DETACH_REUSEPORT_BPF(SocketLevel.SOCKET, 68),
    SO_PREFER_BUSY_POLL(SocketLevel.SOCKET, 69),
    SO_BUSY_POLL_BUDGET(SocketLevel.SOCKET, 70),
    SO_NETNS_COOKIE(SocketLevel.SOCKET, 71),
    SO_BUF_LOCK(SocketLevel.SOCKET, 72),
    SO_RESERVE_MEM(SocketLevel.SOCKET, 73),
    SO_TXREHASH(SocketLevel.SOCKET, 74),
    SO_RCVMARK(SocketLevel.SOCKET, 75),
    SO_PASSPIDFD(SocketLevel.SOCKET, 76),
    SO_PEERPIDFD(SocketLevel.SOCKET, 77),
    SO_DEVMEM_LINEAR(SocketLevel.SOCKET, 78),
    SO_DEVMEM_DMABUF(SocketLevel.SOCKET, 79),
    SO_DEVMEM_DONTNEED(SocketLevel.SOCKET, 80),
    SO_TIMESTAMP(SocketLevel.SOCKET, 29, 63),
    SO_TIMESTAMPNS(SocketLevel.SOCKET, 35, 64),
    SO_TIMESTAMPING(SocketLevel.SOCKET, 37, 65),
    SO_RCVTIMEO(SocketLevel.SOCKET, 20, 66),
    SO_SNDTIMEO(SocketLevel.SOCKET, 21, 67),
    SO_RCVPRIORITY(SocketLevel.SOCKET, 82),
    SO_PASSRIGHTS(SocketLevel.SOCKET, 83),
    SO_INQ(SocketLevel.SOCKET, 84),
    SO_ORIGINAL_DST(80),
    IP_TOS(SocketLevel.IP, 1),
    IP_TTL(SocketLevel.IP, 2),
    IP_HDRINCL(SocketLevel.IP, 3),
    IP_OPTIONS(SocketLevel.IP, 4),
    IP_ROUTER_ALERT(SocketLevel.IP, 5),
    IP_RECVOPTS(SocketLevel.IP, 6),
    IP_RETOPTS(SocketLevel.IP, 7),
    IP_PKTINFO(SocketLevel.IP, 8),
    IP_PKTOPTIONS(SocketLevel.IP, 9),
    IP_MTU_DISCOVER(SocketLevel.IP, 10),
    IP_RECVERR(SocketLevel.IP, 11),
    IP_RECVTTL(SocketLevel.IP, 12),
    IP_RECVTOS(SocketLevel.IP, 13),
    IP_MTU(SocketLevel.IP, 14),
    IP_FREEBIND(SocketLevel.IP, 15),
    IP_IPSEC_POLICY(SocketLevel.IP, 16),
    IP_XFRM_POLICY(SocketLevel.IP, 17),
    IP_PASSSEC(SocketLevel.IP, 18),
    IP_TRANSPARENT(SocketLevel.IP, 19),
    IP_RECVRETOPTS(SocketLevel.IP, 7),
    IP_ORIGDSTADDR(SocketLevel.IP, 20),
    IP_RECVORIGDSTADDR(SocketLevel.IP, 20),
    IP_MINTTL(SocketLevel.IP, 21),
    IP_NODEFRAG(SocketLevel.IP, 22),
    IP_CHECKSUM(SocketLevel.IP, 23),
    IP_BIND_ADDRESS_NO_PORT(SocketLevel.IP, 24),
    IP_RECVFRAGSIZE(SocketLevel.IP, 25),
    IP_RECVERR_RFC4884(SocketLevel.IP, 26),
    IP_MULTICAST_IF(SocketLevel.IP, 32),
    IP_MULTICAST_TTL(SocketLevel.IP, 33),
    IP_MULTICAST_LOOP(SocketLevel.IP, 34),
    IP_ADD_MEMBERSHIP(SocketLevel.IP, 35),
    IP_DROP_MEMBERSHIP(SocketLevel.IP, 36),
    IP_UNBLOCK_SOURCE(SocketLevel.IP, 37),
    IP_BLOCK_SOURCE(SocketLevel.IP, 38),
    IP_ADD_SOURCE_MEMBERSHIP(SocketLevel.IP, 39),
    IP_DROP_SOURCE_MEMBERSHIP(SocketLevel.IP, 40),
    IP_MSFILTER(SocketLevel.IP, 41),
    MCAST_JOIN_GROUP(42),
    MCAST_BLOCK_SOURCE(43),
    MCAST_UNBLOCK_SOURCE(44),
    MCAST_LEAVE_GROUP(45),
    MCAST_JOIN_SOURCE_GROUP(46),
    MCAST_LEAVE_SOURCE_GROUP(47),
    MCAST_MSFILTER(48),
    IP_MULTICAST_ALL(SocketLevel.IP, 49),
    IP_UNICAST_IF(SocketLevel.IP, 50),
    IP_LOCAL_PORT_RANGE(SocketLevel.IP, 51),
    IP_PROTOCOL(SocketLevel.IP, 52),
    IPV6_ADDRFORM(SocketLevel.IPV6, 1),
    IPV6_2292PKTINFO(SocketLevel.IPV6, 2),
    IPV6_2292HOPOPTS(SocketLevel.IPV6, 3),
    IPV6_2292DSTOPTS(SocketLevel.IPV6, 4),
    IPV6_2292RTHDR(SocketLevel.IPV6, 5),
    IPV6_2292PKTOPTIONS(SocketLevel.IPV6, 6),
    IPV6_CHECKSUM(SocketLevel.IPV6, 7),
    IPV6_2292HOPLIMIT(SocketLevel.IPV6, 8),
    IPV6_NEXTHOP(SocketLevel.IPV6, 9),
    IPV6_AUTHHDR(SocketLevel.IPV6, 10),
    IPV6_FLOWINFO(SocketLevel.IPV6, 11),
    IPV6_UNICAST_HOPS(SocketLevel.IPV6, 16),
    IPV6_MULTICAST_IF(SocketLevel.IPV6, 17),
    IPV6_MULTICAST_HOPS(SocketLevel.IPV6, 18),
    IPV6_MULTICAST_LOOP(SocketLevel.IPV6, 19),
    IPV6_ADD_MEMBERSHIP(SocketLevel.IPV6, 20),
    IPV6_DROP_MEMBERSHIP(SocketLevel.IPV6, 21),
    IPV6_JOIN_GROUP(SocketLevel.IPV6, 20),
    IPV6_LEAVE_GROUP(SocketLevel.IPV6, 21),
    IPV6_ROUTER_ALERT(SocketLevel.IPV6, 22),
    IPV6_MTU_DISCOVER(SocketLevel.IPV6, 23),
    IPV6_MTU(SocketLevel.IPV6, 24),
    IPV6_RECVERR(SocketLevel.IPV6, 25),
    IPV6_V6ONLY(SocketLevel.IPV6, 26),
    IPV6_JOIN_ANYCAST(SocketLevel.IPV6, 27),
    IPV6_LEAVE_ANYCAST(SocketLevel.IPV6, 28),
    IPV6_MULTICAST_ALL(SocketLevel.IPV6, 29),
    IPV6_ROUTER_ALERT_ISOLATE(SocketLevel.IPV6, 30),
    IPV6_RECVERR_RFC4884(SocketLevel.IPV6, 31),
    IPV6_FLOWLABEL_MGR(SocketLevel.IPV6, 32),
    IPV6_FLOWINFO_SEND(SocketLevel.IPV6, 33),
    IPV6_IPSEC_POLICY(SocketLevel.IPV6, 34),
    IPV6_XFRM_POLICY(SocketLevel.IPV6, 35),
    IPV6_HDRINCL(SocketLevel.IPV6, 36),
    IPV6_RECVPKTINFO(SocketLevel.IPV6, 49),
    IPV6_PKTINFO(SocketLevel.IPV6, 50),
    IPV6_RECVHOPLIMIT(SocketLevel.IPV6, 51),
    IPV6_HOPLIMIT(SocketLevel.IPV6, 52),
    IPV6_RECVHOPOPTS(SocketLevel.IPV6, 53),
    IPV6_HOPOPTS(SocketLevel.IPV6, 54),
    IPV6_RTHDRDSTOPTS(SocketLevel.IPV6, 55),
    IPV6_RECVRTHDR(SocketLevel.IPV6, 56),
    IPV6_RTHDR(SocketLevel.IPV6, 57),
    IPV6_RECVDSTOPTS(SocketLevel.IPV6, 58),
    IPV6_DSTOPTS(SocketLevel.IPV6, 59),
    IPV6_RECVPATHMTU(SocketLevel.IPV6, 60),
    IPV6_PATHMTU(SocketLevel.IPV6, 61),
    IPV6_DONTFRAG(SocketLevel.IPV6, 62),
    IPV6_USE_MIN_MTU(SocketLevel.IPV6, 63),
    IPV6_RECVTCLASS(SocketLevel.IPV6, 66),
    IPV6_TCLASS(SocketLevel.IPV6, 67),
    IPV6_AUTOFLOWLABEL(SocketLevel.IPV6, 70),
    IPV6_ADDR_PREFERENCES(SocketLevel.IPV6, 72),
    IPV6_MINHOPCOUNT(SocketLevel.IPV6, 73),
    IPV6_ORIGDSTADDR(SocketLevel.IPV6, 74),
    IPV6_RECVORIGDSTADDR(SocketLevel.IPV6, 74),
    IPV6_TRANSPARENT(SocketLevel.IPV6, 75),
    IPV6_UNICAST_IF(SocketLevel.IPV6, 76),
    IPV6_RECVFRAGSIZE(SocketLevel.IPV6, 77),
    IPV6_FREEBIND(SocketLevel.IPV6, 78),
    TCP_NODELAY(SocketLevel.TCP, 1),
    TCP_MAXSEG(SocketLevel.TCP, 2),
    TCP_CORK(SocketLevel.TCP, 3),
    TCP_KEEPIDLE(SocketLevel.TCP, 4),
    TCP_KEEPINTVL(SocketLevel.TCP, 5),
    TCP_KEEPCNT(SocketLevel.TCP, 6),
    TCP_SYNCNT(SocketLevel.TCP, 7),
    TCP_LINGER2(SocketLevel.TCP, 8),
    TCP_DEFER_ACCEPT(SocketLevel.TCP, 9),
    TCP_WINDOW_CLAMP(SocketLevel.TCP, 10),
    TCP_INFO(SocketLevel.TCP, 11),
    TCP_QUICKACK(SocketLevel.TCP, 12),
    TCP_CONGESTION(SocketLevel.TCP, 13),
    TCP_MD5SIG(SocketLevel.TCP, 14),
    TCP_THIN_LINEAR_TIMEOUTS(SocketLevel.TCP, 16),
    TCP_THIN_DUPACK(SocketLevel.TCP, 17),
    TCP_USER_TIMEOUT(SocketLevel.TCP, 18),
    TCP_REPAIR(SocketLevel.TCP, 19),
    TCP_REPAIR_QUEUE(SocketLevel.TCP, 20),
    TCP_QUEUE_SEQ(SocketLevel.TCP, 21),
    TCP_REPAIR_OPTIONS(SocketLevel.TCP, 22),
    TCP_FASTOPEN(SocketLevel.TCP, 23),
    TCP_TIMESTAMP(SocketLevel.TCP, 24),
    TCP_NOTSENT_LOWAT(SocketLevel.TCP, 25),
    TCP_CC_INFO(SocketLevel.TCP, 26),
    TCP_SAVE_SYN(SocketLevel.TCP, 27),
    TCP_SAVED_SYN(SocketLevel.TCP, 28),
    TCP_REPAIR_WINDOW(SocketLevel.TCP, 29),
    TCP_FASTOPEN_CONNECT(SocketLevel.TCP, 30),
    TCP_ULP(SocketLevel.TCP, 31),
    TCP_MD5SIG_EXT(SocketLevel.TCP, 32),
    TCP_FASTOPEN_KEY(SocketLevel.TCP, 33),
    TCP_FASTOPEN_NO_COOKIE(SocketLevel.TCP, 34),
    TCP_ZEROCOPY_RECEIVE(SocketLevel.TCP, 35),
    TCP_INQ(SocketLevel.TCP, 36),
    TCP_CM_INQ(SocketLevel.TCP, 36),
    TCP_TX_DELAY(SocketLevel.TCP, 37),
    TCP_AO_ADD_KEY(SocketLevel.TCP, 38),
    TCP_AO_DEL_KEY(SocketLevel.TCP, 39),
    TCP_AO_INFO(SocketLevel.TCP, 40),
    TCP_AO_GET_KEYS(SocketLevel.TCP, 41),
    TCP_AO_REPAIR(SocketLevel.TCP, 42),
    TCP_IS_MPTCP(SocketLevel.TCP, 43),
    TCP_RTO_MAX_MS(SocketLevel.TCP, 44),
    TCP_RTO_MIN_US(SocketLevel.TCP, 45),
    TCP_DELACK_MAX_US(SocketLevel.TCP, 46),
    UDP_CORK(SocketLevel.UDP, 1),
    UDP_ENCAP(SocketLevel.UDP, 100),
    UDP_NO_CHECK6_TX(SocketLevel.UDP, 101),
    UDP_NO_CHECK6_RX(SocketLevel.UDP, 102),
    UDP_SEGMENT(SocketLevel.UDP, 103),
    UDP_GRO(SocketLevel.UDP, 104),
    MPTCP_INFO(SocketLevel.MPTCP, 1),
    MPTCP_TCPINFO(SocketLevel.MPTCP, 2),
    MPTCP_SUBFLOW_ADDRS(SocketLevel.MPTCP, 3),
    MPTCP_FULL_INFO(SocketLevel.MPTCP, 4),
    TLS_TX(SocketLevel.TLS, 1),
    TLS_RX(SocketLevel.TLS, 2),
    TLS_TX_ZEROCOPY_RO(SocketLevel.TLS, 3),
    TLS_RX_EXPECT_NO_PAD(SocketLevel.TLS, 4),
    TLS_TX_MAX_PAYLOAD_LEN(SocketLevel.TLS, 5),
    NETLINK_ADD_MEMBERSHIP(SocketLevel.NETLINK, 1),
    NETLINK_DROP_MEMBERSHIP(SocketLevel.NETLINK, 2),
    NETLINK_PKTINFO(SocketLevel.NETLINK, 3),
    NETLINK_BROADCAST_ERROR(SocketLevel.NETLINK, 4),
    NETLINK_NO_ENOBUFS(SocketLevel.NETLINK, 5),
    NETLINK_RX_RING(SocketLevel.NETLINK, 6),
    NETLINK_TX_RING(SocketLevel.NETLINK, 7),
    NETLINK_LISTEN_ALL_NSID(SocketLevel.NETLINK, 8),
    NETLINK_LIST_MEMBERSHIPS(SocketLevel.NETLINK, 9),
    NETLINK_CAP_ACK(SocketLevel.NETLINK, 10),
    NETLINK_EXT_ACK(SocketLevel.NETLINK, 11),
    NETLINK_GET_STRICT_CHK(SocketLevel.NETLINK, 12),
    PACKET_ADD_MEMBERSHIP(SocketLevel.PACKET, 1),
    PACKET_DROP_MEMBERSHIP(SocketLevel.PACKET, 2),
    PACKET_RECV_OUTPUT(SocketLevel.PACKET, 3),
    PACKET_RX_RING(SocketLevel.PACKET, 5),
    PACKET_STATISTICS(SocketLevel.PACKET, 6),
    PACKET_COPY_THRESH(SocketLevel.PACKET, 7),
    PACKET_AUXDATA(SocketLevel.PACKET, 8),
    PACKET_ORIGDEV(SocketLevel.PACKET, 9),
    PACKET_VERSION(SocketLevel.PACKET, 10),
    PACKET_HDRLEN(SocketLevel.PACKET, 11),
    PACKET_RESERVE(SocketLevel.PACKET, 12),
    PACKET_TX_RING(SocketLevel.PACKET, 13),
    PACKET_LOSS(SocketLevel.PACKET, 14),
    PACKET_VNET_HDR(SocketLevel.PACKET, 15),
    PACKET_TX_TIMESTAMP(SocketLevel.PACKET, 16),
    PACKET_TIMESTAMP(SocketLevel.PACKET, 17),
    PACKET_FANOUT(SocketLevel.PACKET, 18),
    PACKET_TX_HAS_OFF(SocketLevel.PACKET, 19),
    PACKET_QDISC_BYPASS(SocketLevel.PACKET, 20),
    PACKET_ROLLOVER_STATS(SocketLevel.PACKET, 21),
    PACKET_FANOUT_DATA(SocketLevel.PACKET, 22),
    PACKET_IGNORE_OUTGOING(SocketLevel.PACKET, 23),
    PACKET_VNET_HDR_SZ(SocketLevel.PACKET, 24);

    private static final Map<String, SocketOption> NAMED = named();

    private final List<Place> places;

    SocketOption(SocketLevel level, int... numbers) {
        List<Place> all = new ArrayList<>();
        for (int number : numbers) {
            all.add(new Place(level.number(), number));
        }
        this.places = List.copyOf(all);
    }

    /**
     * Creates an option that IPv4 and IPv6 number alike: multicast options (`ip_setsockopt` and
     * `ipv6_setsockopt`), and a connection's original destination (`SO_ORIGINAL_DST` and
     * `IP6T_SO_ORIGINAL_DST` of linux/netfilter_ipv4.h and netfilter_ipv6/ip6_tables.h).
     */
    SocketOption(int number) {
        this.places = List.of(new Place(SocketLevel.IP.number(), number), new Place(SocketLevel.IPV6.number(), number));
    }

    /** The two numbers that identify an option in setsockopt(2). */
    public record Place(int level, int number) {}

    private static Map<String, SocketOption> named() {
        Map<String, SocketOption> named = new TreeMap<>();
        Arrays.stream(values()).forEach(option -> named.put(option.name(), option));
        return Collections.unmodifiableMap(named);
    }

    /** Returns the option with this name in the kernel's headers, such as `SO_MARK`. */
    public static Optional<SocketOption> ofName(String name) {
        return Optional.ofNullable(NAMED.get(name));
    }

    /** Returns the first option with these numbers; several names can share them. */
    public static Optional<SocketOption> of(int level, int number) {
        Place place = new Place(level, number);
        return Arrays.stream(values())
                .filter(option -> option.places.contains(place))
                .findFirst();
    }

    /**
     * Returns all numbers that the name covers, beginning with those that a program for a 64-bit
     * machine uses.
     */
    public List<Place> places() {
        return places;
    }
}
