// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldSpec;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/**
 * A number that a program can read from its context or a helper, in host order, unsigned. The order
 * of the constants is the order of tests in every diagram: small fields with few values first, then
 * wide ones, and last those that need a helper call.
 */
public enum Variable {
    /** The event of sock_ops: bpf_sock_ops.op. */
    OP(32),
    /** bpf_sock_ops.is_fullsock. */
    FULLSOCK(32),
    /** Address family of the socket: bpf_sock.family, bpf_sock_ops.family. */
    FAMILY(32),
    /** The class of the Unix socket's path or abstract name. */
    PATH(32),
    /** Socket type: bpf_sock_addr.type, bpf_sock.type. */
    TYPE(32),
    /** Protocol of the socket: bpf_sock_addr.protocol, bpf_sock.protocol. */
    PROTOCOL(32),
    /**
     * Port of the address, in host order: bpf_sock_addr.user_port, bpf_sock.src_port,
     * bpf_sock_ops.remote_port.
     */
    PORT(16),
    /**
     * v4 address, swapped to host order: bpf_sock_addr.user_ip4, bpf_sock.src_ip4,
     * bpf_sock_ops.remote_ip4.
     */
    IP4(32),
    /**
     * The high half of the raw 128-bit address, such as bpf_sock_addr.user_ip6[0..1], swapped to
     * host order.
     */
    IP6_HIGH(64),
    /** The low half, such as bpf_sock_addr.user_ip6[2..3]. */
    IP6_LOW(64),
    /** bpf_sock_ops.local_port. */
    LOCAL_PORT(16),
    /**
     * The local v4 address at hooks where {@link #IP4} is the remote one:
     * bpf_sock_addr.msg_src_ip4, bpf_sock_ops.local_ip4.
     */
    LOCAL_IP4(32),
    /** The high half of bpf_sock_addr.msg_src_ip6 or bpf_sock_ops.local_ip6. */
    LOCAL_IP6_HIGH(64),
    /** The low half of the same address. */
    LOCAL_IP6_LOW(64),
    /** bpf_sock.bound_dev_if. */
    BOUND_IF(Field.BOUND_IF),
    /** bpf_sock.mark. */
    MARK(Field.MARK),
    /** bpf_sock.priority. */
    PRIORITY(Field.PRIORITY),
    /** The high half of bpf_cgroup_dev_ctx.access_type: BPF_DEVCG_ACC_ bits. */
    ACCESS(16),
    /** The low half of bpf_cgroup_dev_ctx.access_type: 1 block, 2 char. */
    DEV_TYPE(16),
    /** bpf_cgroup_dev_ctx.major. */
    MAJOR(32),
    /** bpf_cgroup_dev_ctx.minor. */
    MINOR(32),
    /** bpf_sysctl.write. */
    WRITE(32),
    /**
     * The class of the sysctl's name, as numbered by its classifier in
     * {@link HookDecision#strings}. All strings are represented like this.
     */
    NAME(32),
    /** bpf_sock_ops.state. */
    STATE(Field.STATE),
    /** bpf_sock_ops.sk_txhash. */
    SK_TXHASH(Field.SK_TXHASH),
    /** bpf_sock_ops.snd_cwnd. */
    TCP_SND_CWND(Field.TCP_SND_CWND),
    /** bpf_sock_ops.srtt_us. */
    TCP_SRTT_US(Field.TCP_SRTT_US),
    /** bpf_sock_ops.rtt_min. */
    TCP_RTT_MIN(Field.TCP_RTT_MIN),
    /** bpf_sock_ops.snd_ssthresh. */
    TCP_SND_SSTHRESH(Field.TCP_SND_SSTHRESH),
    /** bpf_sock_ops.rcv_nxt. */
    TCP_RCV_NXT(Field.TCP_RCV_NXT),
    /** bpf_sock_ops.snd_nxt. */
    TCP_SND_NXT(Field.TCP_SND_NXT),
    /** bpf_sock_ops.snd_una. */
    TCP_SND_UNA(Field.TCP_SND_UNA),
    /** bpf_sock_ops.mss_cache. */
    TCP_MSS_CACHE(Field.TCP_MSS_CACHE),
    /** bpf_sock_ops.ecn_flags. */
    TCP_ECN_FLAGS(Field.TCP_ECN_FLAGS),
    /** bpf_sock_ops.rate_delivered. */
    TCP_RATE_DELIVERED(Field.TCP_RATE_DELIVERED),
    /** bpf_sock_ops.rate_interval_us. */
    TCP_RATE_INTERVAL_US(Field.TCP_RATE_INTERVAL_US),
    /** bpf_sock_ops.packets_out. */
    TCP_PACKETS_OUT(Field.TCP_PACKETS_OUT),
    /** bpf_sock_ops.retrans_out. */
    TCP_RETRANS_OUT(Field.TCP_RETRANS_OUT),
    /** bpf_sock_ops.total_retrans. */
    TCP_TOTAL_RETRANS(Field.TCP_TOTAL_RETRANS),
    /** bpf_sock_ops.segs_in. */
    TCP_SEGS_IN(Field.TCP_SEGS_IN),
    /** bpf_sock_ops.data_segs_in. */
    TCP_DATA_SEGS_IN(Field.TCP_DATA_SEGS_IN),
    /** bpf_sock_ops.segs_out. */
    TCP_SEGS_OUT(Field.TCP_SEGS_OUT),
    /** bpf_sock_ops.data_segs_out. */
    TCP_DATA_SEGS_OUT(Field.TCP_DATA_SEGS_OUT),
    /** bpf_sock_ops.lost_out. */
    TCP_LOST_OUT(Field.TCP_LOST_OUT),
    /** bpf_sock_ops.sacked_out. */
    TCP_SACKED_OUT(Field.TCP_SACKED_OUT),
    /** bpf_sock_ops.bytes_received. */
    TCP_BYTES_RECEIVED(Field.TCP_BYTES_RECEIVED),
    /** bpf_sock_ops.bytes_acked. */
    TCP_BYTES_ACKED(Field.TCP_BYTES_ACKED),
    /** The class of the sysctl's current value. */
    VALUE(32),
    /** The class of the value that is written to the sysctl. */
    NEW_VALUE(32),
    /** bpf_sockopt.level. */
    LEVEL(32),
    /** bpf_sockopt.optname. */
    OPTNAME(32),
    /** bpf_sockopt.retval: 0 or a negative errno. */
    RETVAL(32),
    /**
     * bpf_sockopt.optlen after the first instructions of the program: 0 to 4,096, or negative if
     * another program has set it so.
     */
    OPTLEN(32),
    /**
     * The first 4 bytes at bpf_sockopt.optval, tested only if {@link #OPTLEN} shows that they
     * exist.
     */
    OPTVAL(32),
    /** The first byte at bpf_sockopt.optval, tested only if {@link #OPTLEN} is 1 to 3. */
    SHORT_OPTVAL(32),
    /** 1 if a packet is source-routed, 0 if not, 2 if its headers do not show it. */
    PACKET_ROUTED(8, Field.SOURCE_ROUTED),
    /** The family in a packet's header, 2 or 10; 0 if no header can be read. */
    PACKET_FAMILY(32, Field.FAMILY),
    /**
     * The protocol after the last header, 0 to 255; {@link #UNKNOWN_PROTOCOL} if the headers cannot
     * be read.
     */
    PACKET_PROTOCOL(32, Field.PROTO),
    /** 0 if the packet is whole, 1 if it is a fragment, 2 if the headers cannot be read. */
    PACKET_FRAGMENT(32, Field.FRAGMENT),
    /**
     * The state of the protocol's own fields: 0 present, 1 absent (a later fragment), 2 cut off.
     */
    PACKET_TRANSPORT(32),
    /** 1 if TCP's flags are cut off although its ports are present. */
    PACKET_FLAGS_CUT(32),
    /** The source port of an incoming packet, the destination port of an outgoing one. */
    PACKET_REMOTE_PORT(16, Field.REMOTE_PORT),
    /** The destination port of an incoming packet, the source port of an outgoing one. */
    PACKET_LOCAL_PORT(16, Field.LOCAL_PORT),
    /** The type of ICMP and ICMPv6. */
    PACKET_ICMP_TYPE(8, Field.ICMP_TYPE),
    /** The code of ICMP and ICMPv6. */
    PACKET_ICMP_CODE(8, Field.ICMP_CODE),
    /** The bits of TCP's flags. */
    PACKET_SYN(1, Field.TCP_SYN),
    PACKET_ACK(1, Field.TCP_ACK),
    PACKET_FIN(1, Field.TCP_FIN),
    PACKET_RST(1, Field.TCP_RST),
    /** The source of an incoming v4 packet, the destination of an outgoing one. */
    PACKET_REMOTE_IP4(32, Field.REMOTE_IP),
    /** The destination of an incoming v4 packet, the source of an outgoing one. */
    PACKET_LOCAL_IP4(32, Field.LOCAL_IP),
    /** The halves of the addresses of v6 packets. */
    PACKET_REMOTE_IP6_HIGH(64, Field.REMOTE_IP),
    PACKET_REMOTE_IP6_LOW(64, Field.REMOTE_IP),
    PACKET_LOCAL_IP6_HIGH(64, Field.LOCAL_IP),
    PACKET_LOCAL_IP6_LOW(64, Field.LOCAL_IP),
    /** __sk_buff.len: bytes from the IP header on. */
    PACKET_LEN(Field.LEN),
    /** __sk_buff.pkt_type. */
    PACKET_TYPE(Field.PKT_TYPE),
    /** __sk_buff.ifindex. */
    PACKET_IFINDEX(Field.IFINDEX),
    /** __sk_buff.ingress_ifindex. */
    PACKET_INGRESS_IFINDEX(Field.INGRESS_IFINDEX),
    /** bpf_skb_cgroup_id: the cgroup of the socket, with or without a stamp. */
    PACKET_CGROUP(64, Field.CGROUP),
    /** 1 if the socket has a stamp, from which its creator is then read; see {@link #isStamped}. */
    STAMPED(1),
    /** The low half of bpf_get_current_uid_gid. */
    UID(32),
    /** The high half of bpf_get_current_uid_gid. */
    GID(32),
    /** The class of the task's name. */
    COMM(32),
    /** The high half of bpf_get_current_pid_tgid: the pid in the sense of user space. */
    PID(32),
    /** bpf_get_current_cgroup_id. */
    CGROUP(64),
    /** bpf_get_current_ancestor_cgroup_id(1); 0 if the task's cgroup is less deep. */
    ANCESTOR_1(64),
    /** bpf_get_current_ancestor_cgroup_id(2); 0 if the task's cgroup is less deep. */
    ANCESTOR_2(64),
    /** bpf_get_current_ancestor_cgroup_id(3); 0 if the task's cgroup is less deep. */
    ANCESTOR_3(64),
    /** bpf_get_current_ancestor_cgroup_id(4); 0 if the task's cgroup is less deep. */
    ANCESTOR_4(64),
    /** bpf_get_current_ancestor_cgroup_id(5); 0 if the task's cgroup is less deep. */
    ANCESTOR_5(64),
    /** bpf_get_current_ancestor_cgroup_id(6); 0 if the task's cgroup is less deep. */
    ANCESTOR_6(64),
    /** bpf_get_current_ancestor_cgroup_id(7); 0 if the task's cgroup is less deep. */
    ANCESTOR_7(64),
    /** bpf_get_current_ancestor_cgroup_id(8); 0 if the task's cgroup is less deep. */
    ANCESTOR_8(64),
    /** bpf_get_current_ancestor_cgroup_id(9); 0 if the task's cgroup is less deep. */
    ANCESTOR_9(64),
    /** bpf_get_current_ancestor_cgroup_id(10); 0 if the task's cgroup is less deep. */
    ANCESTOR_10(64),
    /** bpf_get_current_ancestor_cgroup_id(11); 0 if the task's cgroup is less deep. */
    ANCESTOR_11(64),
    /** bpf_get_current_ancestor_cgroup_id(12); 0 if the task's cgroup is less deep. */
    ANCESTOR_12(64),
    /** bpf_get_current_ancestor_cgroup_id(13); 0 if the task's cgroup is less deep. */
    ANCESTOR_13(64),
    /** bpf_get_current_ancestor_cgroup_id(14); 0 if the task's cgroup is less deep. */
    ANCESTOR_14(64),
    /** bpf_get_current_ancestor_cgroup_id(15); 0 if the task's cgroup is less deep. */
    ANCESTOR_15(64),
    /** bpf_get_current_ancestor_cgroup_id(16); 0 if the task's cgroup is less deep. */
    ANCESTOR_16(64),
    /** bpf_get_netns_cookie of the socket. */
    NETNS(64),
    /** bpf_get_socket_cookie. */
    COOKIE(64);

    /** The value of {@link #PACKET_PROTOCOL} for an unknown protocol. */
    public static final int UNKNOWN_PROTOCOL = 256;

    /**
     * The maximum number of extension headers of a v6 packet that are skipped: those of RFC 8200
     * section 4.1, each once.
     */
    public static final int MOST_EXTENSIONS = 6;

    private static final Map<Field, Variable> OF_FIELDS = new EnumMap<>(Field.class);

    private static final Map<Field, Variable> OF_PACKETS = new EnumMap<>(Field.class);

    static {
        for (Variable variable : values()) {
            variable.field.ifPresent(field -> (variable.isPacket ? OF_PACKETS : OF_FIELDS).put(field, variable));
        }
    }

    private final int bits;
    private final Optional<Field> field;
    private final boolean isPacket;

    Variable(int bits) {
        this.bits = bits;
        this.field = Optional.empty();
        this.isPacket = false;
    }

    /** Creates a variable that is all or a part of a packet's field. */
    Variable(int bits, Field field) {
        this.bits = bits;
        this.field = Optional.of(field);
        this.isPacket = true;
    }

    /** Creates the variable of a field that is one number of the context. */
    Variable(Field field) {
        this.bits = field.type() == FieldType.LONG ? 64 : 32;
        this.field = Optional.of(field);
        this.isPacket = false;
    }

    /**
     * Returns the variable of a packet's field that is not one number of the context; empty for
     * addresses, which have several, and for fields without one.
     */
    static Optional<Variable> ofPacket(Field field) {
        return field.type() == FieldType.ADDRESS ? Optional.empty() : Optional.ofNullable(OF_PACKETS.get(field));
    }

    /** Returns the variable of a field that is one number of this struct. */
    static Optional<Variable> of(Field field, ContextStruct context) {
        if (field.spec().number(context).isEmpty()) {
            return Optional.empty();
        }
        Variable variable = OF_FIELDS.get(field);
        if (variable == null) {
            throw new IllegalStateException("`" + field.text() + "` has no variable, and so no place among the tests");
        }
        return Optional.of(variable);
    }

    /**
     * Returns the field that is this number of the context, or of which this is all or a part in
     * packets; empty for other variables.
     */
    public Optional<Field> field() {
        return field;
    }

    /** Returns the name of the number in this struct; empty if it has none. */
    public Optional<String> number(ContextStruct context) {
        return field.flatMap(known -> known.spec().number(context)).map(FieldSpec.ContextNumber::name);
    }

    /** Returns the variable of the calling task's ancestor cgroup at this level, 1 to 16. */
    static Variable ancestor(int level) {
        return values()[ANCESTOR_1.ordinal() + level - 1];
    }

    /** Returns the level of an ancestor, or 0 for every other variable. */
    public int level() {
        return compareTo(ANCESTOR_1) >= 0 && compareTo(ANCESTOR_16) <= 0 ? ordinal() - ANCESTOR_1.ordinal() + 1 : 0;
    }

    /**
     * Returns whether the variable is read from the socket's stamp at hooks without a calling task.
     * It is then tested only if {@link #STAMPED} is 1.
     */
    public boolean isStamped() {
        return compareTo(UID) >= 0 && this != COOKIE;
    }

    /** Returns the width in bits: 1, 8, 16, 32 or 64. */
    public int bits() {
        return bits;
    }

    /**
     * Returns the values that can occur, if they are fewer than the width allows. A device is block
     * or char and its access has three bits, a socket at these hooks is inet or inet6, and the
     * packet decoder defines its own states.
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

    /** Returns the largest value, unsigned. */
    public long max() {
        return bits == 64 ? -1L : (1L << bits) - 1;
    }
}
