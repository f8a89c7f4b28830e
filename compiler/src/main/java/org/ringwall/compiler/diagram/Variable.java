package org.ringwall.compiler.diagram;

import java.util.Locale;
import java.util.Optional;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A number that a program can read from its context or a helper, host order, unsigned. The order of the constants is the
 * order of tests in every diagram: small closed fields first, then wide ones, and last what costs a helper call.
 */
public enum Variable {
    /** Why sock_ops is asked: bpf_sock_ops.op. */
    OP(32),
    /** bpf_sock_ops.is_fullsock. */
    FULLSOCK(32),
    /** Address family of the socket: bpf_sock.family, bpf_sock_ops.family. */
    FAMILY(32),
    /** Class of the Unix socket's path or abstract name. */
    PATH(32),
    /** Socket type: bpf_sock_addr.type, bpf_sock.type. */
    TYPE(32),
    /** Protocol of the socket: bpf_sock_addr.protocol, bpf_sock.protocol. */
    PROTOCOL(32),
    /** Port of the address, in host order: bpf_sock_addr.user_port, bpf_sock.src_port, bpf_sock_ops.remote_port. */
    PORT(16),
    /** v4 address, swapped to host order: bpf_sock_addr.user_ip4, bpf_sock.src_ip4, bpf_sock_ops.remote_ip4. */
    IP4(32),
    /** High half of the raw 128-bit address, as bpf_sock_addr.user_ip6[0..1], swapped to host order. */
    IP6_HIGH(64),
    /** Low half, as bpf_sock_addr.user_ip6[2..3]. */
    IP6_LOW(64),
    /** bpf_sock_ops.local_port. */
    LOCAL_PORT(16),
    /** The address on this side where the other one is the remote's: bpf_sock_addr.msg_src_ip4, bpf_sock_ops.local_ip4. */
    LOCAL_IP4(32),
    /** High half of bpf_sock_addr.msg_src_ip6 or bpf_sock_ops.local_ip6. */
    LOCAL_IP6_HIGH(64),
    /** Its low half. */
    LOCAL_IP6_LOW(64),
    /** bpf_sock.bound_dev_if. */
    BOUND_IF(32),
    /** bpf_sock.mark. */
    MARK(32),
    /** bpf_sock.priority. */
    PRIORITY(32),
    /** High half of bpf_cgroup_dev_ctx.access_type: BPF_DEVCG_ACC_ bits. */
    ACCESS(16),
    /** Low half of bpf_cgroup_dev_ctx.access_type: 1 block, 2 char. */
    DEV_TYPE(16),
    /** bpf_cgroup_dev_ctx.major. */
    MAJOR(32),
    /** bpf_cgroup_dev_ctx.minor. */
    MINOR(32),
    /** bpf_sysctl.write. */
    WRITE(32),
    /** Class of the sysctl's name, a number of its classifier in {@link HookDecision#strings}; so are all strings. */
    NAME(32),
    /** bpf_sock_ops.state. */
    STATE(32),
    /** bpf_sock_ops.sk_txhash. */
    SK_TXHASH(32),
    /** bpf_sock_ops.snd_cwnd. */
    TCP_SND_CWND(32),
    /** bpf_sock_ops.srtt_us. */
    TCP_SRTT_US(32),
    /** bpf_sock_ops.rtt_min. */
    TCP_RTT_MIN(32),
    /** bpf_sock_ops.snd_ssthresh. */
    TCP_SND_SSTHRESH(32),
    /** bpf_sock_ops.rcv_nxt. */
    TCP_RCV_NXT(32),
    /** bpf_sock_ops.snd_nxt. */
    TCP_SND_NXT(32),
    /** bpf_sock_ops.snd_una. */
    TCP_SND_UNA(32),
    /** bpf_sock_ops.mss_cache. */
    TCP_MSS_CACHE(32),
    /** bpf_sock_ops.ecn_flags. */
    TCP_ECN_FLAGS(32),
    /** bpf_sock_ops.rate_delivered. */
    TCP_RATE_DELIVERED(32),
    /** bpf_sock_ops.rate_interval_us. */
    TCP_RATE_INTERVAL_US(32),
    /** bpf_sock_ops.packets_out. */
    TCP_PACKETS_OUT(32),
    /** bpf_sock_ops.retrans_out. */
    TCP_RETRANS_OUT(32),
    /** bpf_sock_ops.total_retrans. */
    TCP_TOTAL_RETRANS(32),
    /** bpf_sock_ops.segs_in. */
    TCP_SEGS_IN(32),
    /** bpf_sock_ops.data_segs_in. */
    TCP_DATA_SEGS_IN(32),
    /** bpf_sock_ops.segs_out. */
    TCP_SEGS_OUT(32),
    /** bpf_sock_ops.data_segs_out. */
    TCP_DATA_SEGS_OUT(32),
    /** bpf_sock_ops.lost_out. */
    TCP_LOST_OUT(32),
    /** bpf_sock_ops.sacked_out. */
    TCP_SACKED_OUT(32),
    /** Class of what the sysctl holds. */
    VALUE(32),
    /** Class of what is written to the sysctl. */
    NEW_VALUE(32),
    /** bpf_sockopt.level. */
    LEVEL(32),
    /** bpf_sockopt.optname. */
    OPTNAME(32),
    /** bpf_sockopt.retval: 0 or a negative errno. */
    RETVAL(32),
    /** bpf_sockopt.optlen as the first instructions give it: 0..4096, or negative by another program's will. */
    OPTLEN(32),
    /** The first 4 bytes behind bpf_sockopt.optval, asked only where {@link #OPTLEN} says that they are there. */
    OPTVAL(32),
    /** The first byte, asked only where {@link #OPTLEN} is 1 to 3. */
    SHORT_OPTVAL(32),
    /** 1 where a packet is source-routed, 0 where it is not, 2 where its headers do not say. */
    PACKET_ROUTED(8),
    /** Family of a packet by its header: 2 or 10; 0 where no header can be read. */
    PACKET_FAMILY(32),
    /** Protocol behind all headers that are walked, 0..255; {@link #UNKNOWN_PROTOCOL} where they cannot be read. */
    PACKET_PROTOCOL(32),
    /** 0 the packet is whole, 1 it is a fragment, 2 the headers cannot be read so far. */
    PACKET_FRAGMENT(32),
    /** What the protocol's own fields are: 0 there, 1 absent (a later fragment), 2 cut off. */
    PACKET_TRANSPORT(32),
    /** 1 where TCP's flags are cut off while its ports are there. */
    PACKET_FLAGS_CUT(32),
    /** Source port of what comes in, destination port of what goes out. */
    PACKET_REMOTE_PORT(16),
    /** Destination port of what comes in, source port of what goes out. */
    PACKET_LOCAL_PORT(16),
    /** Type of ICMP and ICMPv6. */
    PACKET_ICMP_TYPE(8),
    /** Code of ICMP and ICMPv6. */
    PACKET_ICMP_CODE(8),
    /** The bits of TCP's flags. */
    PACKET_SYN(1),
    PACKET_ACK(1),
    PACKET_FIN(1),
    PACKET_RST(1),
    /** Source of a v4 packet that comes in, destination of one that goes out. */
    PACKET_REMOTE_IP4(32),
    /** The other end of {@link #PACKET_REMOTE_IP4}. */
    PACKET_LOCAL_IP4(32),
    /** Halves of the addresses of v6 packets. */
    PACKET_REMOTE_IP6_HIGH(64),
    PACKET_REMOTE_IP6_LOW(64),
    PACKET_LOCAL_IP6_HIGH(64),
    PACKET_LOCAL_IP6_LOW(64),
    /** __sk_buff.len: bytes from the IP header on. */
    PACKET_LEN(32),
    /** __sk_buff.pkt_type. */
    PACKET_TYPE(32),
    /** __sk_buff.ifindex. */
    PACKET_IFINDEX(32),
    /** __sk_buff.ingress_ifindex. */
    PACKET_INGRESS_IFINDEX(32),
    /** bpf_skb_cgroup_id: of the socket, whether or not it carries a stamp. */
    PACKET_CGROUP(64),
    /** 1 where the socket carries a stamp, which is then what says who made it; see {@link #isStamped}. */
    STAMPED(1),
    /** Low half of bpf_get_current_uid_gid. */
    UID(32),
    /** High half of bpf_get_current_uid_gid. */
    GID(32),
    /** Class of the task's name. */
    COMM(32),
    /** High half of bpf_get_current_pid_tgid: what users call the pid. */
    PID(32),
    /** bpf_get_current_cgroup_id. */
    CGROUP(64),
    /** bpf_get_current_ancestor_cgroup_id(1); 0 where the task's cgroup is less deep. */
    ANCESTOR_1(64),
    /** bpf_get_current_ancestor_cgroup_id(2); 0 where the task's cgroup is less deep. */
    ANCESTOR_2(64),
    /** bpf_get_current_ancestor_cgroup_id(3); 0 where the task's cgroup is less deep. */
    ANCESTOR_3(64),
    /** bpf_get_current_ancestor_cgroup_id(4); 0 where the task's cgroup is less deep. */
    ANCESTOR_4(64),
    /** bpf_get_current_ancestor_cgroup_id(5); 0 where the task's cgroup is less deep. */
    ANCESTOR_5(64),
    /** bpf_get_current_ancestor_cgroup_id(6); 0 where the task's cgroup is less deep. */
    ANCESTOR_6(64),
    /** bpf_get_current_ancestor_cgroup_id(7); 0 where the task's cgroup is less deep. */
    ANCESTOR_7(64),
    /** bpf_get_current_ancestor_cgroup_id(8); 0 where the task's cgroup is less deep. */
    ANCESTOR_8(64),
    /** bpf_get_current_ancestor_cgroup_id(9); 0 where the task's cgroup is less deep. */
    ANCESTOR_9(64),
    /** bpf_get_current_ancestor_cgroup_id(10); 0 where the task's cgroup is less deep. */
    ANCESTOR_10(64),
    /** bpf_get_current_ancestor_cgroup_id(11); 0 where the task's cgroup is less deep. */
    ANCESTOR_11(64),
    /** bpf_get_current_ancestor_cgroup_id(12); 0 where the task's cgroup is less deep. */
    ANCESTOR_12(64),
    /** bpf_get_current_ancestor_cgroup_id(13); 0 where the task's cgroup is less deep. */
    ANCESTOR_13(64),
    /** bpf_get_current_ancestor_cgroup_id(14); 0 where the task's cgroup is less deep. */
    ANCESTOR_14(64),
    /** bpf_get_current_ancestor_cgroup_id(15); 0 where the task's cgroup is less deep. */
    ANCESTOR_15(64),
    /** bpf_get_current_ancestor_cgroup_id(16); 0 where the task's cgroup is less deep. */
    ANCESTOR_16(64),
    /** bpf_get_netns_cookie of the socket. */
    NETNS(64),
    /** bpf_get_socket_cookie. */
    COOKIE(64);

    /** The number of {@link #PACKET_PROTOCOL} that no protocol has. */
    public static final int UNKNOWN_PROTOCOL = 256;

    /** How many extension headers of a v6 packet are walked over: those of RFC 8200 section 4.1, each once. */
    public static final int MOST_EXTENSIONS = 6;

    private final int bits;

    Variable(int bits) {
        this.bits = bits;
    }

    /** The cgroup of the asking task at this level, 1 to 16. */
    static Variable ancestor(int level) {
        return values()[ANCESTOR_1.ordinal() + level - 1];
    }

    /** The level of an ancestor, 0 for every other variable. */
    public int level() {
        return compareTo(ANCESTOR_1) >= 0 && compareTo(ANCESTOR_16) <= 0 ? ordinal() - ANCESTOR_1.ordinal() + 1 : 0;
    }

    /** Whether it is read from the socket's stamp where no task asks: asked only where {@link #STAMPED} is 1. */
    public boolean isStamped() {
        return compareTo(UID) >= 0 && this != COOKIE;
    }

    /** How many bits it has: 1, 8, 16, 32 or 64. */
    public int bits() {
        return bits;
    }

    /**
     * The values that a kernel can put there, where they are fewer than the bits allow: a device is block or char and
     * its access has three bits, a socket at these hooks is inet or inet6, and what a decoder of packets gives.
     */
    public IntervalSet possible() {
        return switch (this) {
            case DEV_TYPE -> IntervalSet.range(1, 2);
            case ACCESS -> IntervalSet.range(0, 7);
            case FULLSOCK -> IntervalSet.range(0, 1);
            case FAMILY -> IntervalSet.of(Interval.of(2, 2), Interval.of(10, 10));
            case OPTLEN -> OptionAtoms.LENGTHS;
            case SHORT_OPTVAL -> IntervalSet.range(0, 255);
            case RETVAL -> OptionAtoms.errnos(IntervalSet.range(0, OptionAtoms.MAX_ERRNO));
            case PACKET_FAMILY -> IntervalSet.of(Interval.of(0, 0), Interval.of(2, 2), Interval.of(10, 10));
            case PACKET_PROTOCOL -> IntervalSet.range(0, UNKNOWN_PROTOCOL);
            case PACKET_ROUTED, PACKET_FRAGMENT, PACKET_TRANSPORT -> IntervalSet.range(0, 2);
            case PACKET_FLAGS_CUT -> IntervalSet.range(0, 1);
            case PACKET_TYPE -> IntervalSet.range(0, 7);
            default -> IntervalSet.range(0, max());
        };
    }

    /** The context's own name for one of TCP's numbers, as `snd_cwnd`; empty for other variables. */
    public Optional<String> tcpNumber() {
        return name().startsWith("TCP_") ? Optional.of(name().substring(4).toLowerCase(Locale.ROOT)) : Optional.empty();
    }

    /** Its largest value, unsigned. */
    public long max() {
        return bits == 64 ? -1L : (1L << bits) - 1;
    }
}
