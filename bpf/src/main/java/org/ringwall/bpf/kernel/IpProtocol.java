// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Protocols of IP sockets: include/uapi/linux/in.h and in6.h. */
public enum IpProtocol {
    ICMP(1),
    IGMP(2),
    IPIP(4),
    TCP(6),
    EGP(8),
    PUP(12),
    UDP(17),
    IDP(22),
    TP(29),
    DCCP(33),
    IPV6(41),
    RSVP(46),
    GRE(47),
    ESP(50),
    AH(51),
    ICMPV6(58),
    MTP(92),
    BEETPH(94),
    ENCAP(98),
    PIM(103),
    COMP(108),
    L2TP(115),
    SCTP(132),
    UDPLITE(136),
    MPLS(137),
    ETHERNET(143),
    RAW(255),
    SMC(256),
    MPTCP(262);

    private static final Set<IpProtocol> HOOKED = EnumSet.of(TCP, UDP, MPTCP);

    private static final Set<IpProtocol> PORTS = EnumSet.of(TCP, UDP, UDPLITE, MPTCP, SCTP, DCCP);

    private static final Set<IpProtocol> TALKING4 =
            Collections.unmodifiableSet(EnumSet.of(ICMP, TCP, UDP, DCCP, SCTP, UDPLITE));

    private static final Set<IpProtocol> TALKING6 =
            Collections.unmodifiableSet(EnumSet.of(TCP, UDP, DCCP, ICMPV6, SCTP, UDPLITE));

    private final int number;

    IpProtocol(int number) {
        this.number = number;
    }

    public static Optional<IpProtocol> of(int number) {
        return Arrays.stream(values())
                .filter(protocol -> protocol.number == number)
                .findFirst();
    }

    /** Returns the protocol that users write like this: `tcp`, `icmpv6`. */
    public static Optional<IpProtocol> ofWord(String word) {
        return Arrays.stream(values())
                .filter(protocol -> protocol.word().equals(word))
                .findFirst();
    }

    /** Returns the number in socket(2) and in contexts; that of MPTCP does not fit 8 bits. */
    public int number() {
        return number;
    }

    /** Returns how users write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns whether connect4/6 (and, for datagrams with an address, sendmsg4/6) run for every way
     * to begin communication.
     *
     * <p>That requires that the protocol's `pre_connect` and `sendmsg` run the hook, as
     * `tcp_v4_pre_connect`, `udp_pre_connect` and `udp_sendmsg` do. MPTCP runs it through its TCP
     * subflow's `mptcp_connect`. UDP-Lite does not: `udplite_prot` has no `pre_connect`, so only
     * its unconnected datagrams are seen.
     */
    public boolean passesConnectHooks() {
        return HOOKED.contains(this);
    }

    /**
     * Returns the protocols that a context may have at the connect, sendmsg and recvmsg hooks on
     * any kernel from 5.10 on; empty at other hooks, which see every protocol.
     *
     * <p>These hooks are run by the `pre_connect` of TCP, UDP and, from 6.1 on, ping sockets, and
     * by `udp_sendmsg` and `udp_recvmsg`, which UDP-Lite shares (net/ipv4/tcp_ipv4.c, udp.c and
     * ping.c, and their counterparts in net/ipv6). MPTCP and SMC appear as the TCP socket below
     * them. SCTP and DCCP have sockets whose addresses have ports; they are included although no
     * kernel runs these hooks for them. Raw sockets are not. A ping socket of AF_INET is ICMP and
     * runs the `4` hooks, one of AF_INET6 is ICMPv6 and runs the `6` hooks, whatever address it is
     * given.
     */
    public static Set<IpProtocol> talking(Hook hook) {
        boolean talks = hook.isInet() && hook.is(call -> !call.isLocal() && !call.isOfName());
        return !talks ? Set.of() : hook.is(AddressFamily.INET) ? TALKING4 : TALKING6;
    }

    /**
     * Returns whether its addresses have a port that hooks see; SMC's TCP socket is internal to the
     * kernel.
     */
    public boolean hasPorts() {
        return PORTS.contains(this);
    }
}
