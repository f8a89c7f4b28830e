// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.Arrays;
import java.util.Optional;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.compiler.strings.StringKind;

/** A property of a request that a guard can test (docs/semantics.md section 1). */
public enum Field {
    REMOTE_IP("remote.ip", FieldType.ADDRESS),
    REMOTE_PORT("remote.port", FieldType.PORT),
    LOCAL_IP("local.ip", FieldType.ADDRESS),
    LOCAL_PORT("local.port", FieldType.PORT),
    PROTO("proto", FieldType.PROTOCOL),
    TYPE("type", FieldType.SOCKET_TYPE),
    FAMILY("family", FieldType.FAMILY),
    UID("uid", FieldType.ID),
    GID("gid", FieldType.ID),
    PID("pid", FieldType.INT),
    CGROUP("cgroup", FieldType.CGROUP),
    ANCESTOR_1("ancestor(1)", FieldType.CGROUP),
    ANCESTOR_2("ancestor(2)", FieldType.CGROUP),
    ANCESTOR_3("ancestor(3)", FieldType.CGROUP),
    ANCESTOR_4("ancestor(4)", FieldType.CGROUP),
    ANCESTOR_5("ancestor(5)", FieldType.CGROUP),
    ANCESTOR_6("ancestor(6)", FieldType.CGROUP),
    ANCESTOR_7("ancestor(7)", FieldType.CGROUP),
    ANCESTOR_8("ancestor(8)", FieldType.CGROUP),
    ANCESTOR_9("ancestor(9)", FieldType.CGROUP),
    ANCESTOR_10("ancestor(10)", FieldType.CGROUP),
    ANCESTOR_11("ancestor(11)", FieldType.CGROUP),
    ANCESTOR_12("ancestor(12)", FieldType.CGROUP),
    ANCESTOR_13("ancestor(13)", FieldType.CGROUP),
    ANCESTOR_14("ancestor(14)", FieldType.CGROUP),
    ANCESTOR_15("ancestor(15)", FieldType.CGROUP),
    ANCESTOR_16("ancestor(16)", FieldType.CGROUP),
    NETNS("netns", FieldType.COOKIE),
    COOKIE("cookie", FieldType.COOKIE),
    MARK("mark", FieldType.INT),
    PRIORITY("priority", FieldType.INT),
    BOUND_IF("bound_if", FieldType.INT),
    DEV("dev", FieldType.DEVICE),
    DEV_TYPE("dev.type", FieldType.DEVICE_TYPE),
    DEV_MAJOR("dev.major", FieldType.INT),
    DEV_MINOR("dev.minor", FieldType.INT),
    READ("read", FieldType.BOOL),
    WRITE("write", FieldType.BOOL),
    MKNOD("mknod", FieldType.BOOL),
    NAME("name", FieldType.STRING),
    TIMEOUT_INIT("timeout_init", FieldType.BOOL),
    RWND_INIT("rwnd_init", FieldType.BOOL),
    TCP_CONNECT("tcp_connect", FieldType.BOOL),
    ACTIVE_ESTABLISHED("active_established", FieldType.BOOL),
    PASSIVE_ESTABLISHED("passive_established", FieldType.BOOL),
    NEEDS_ECN("needs_ecn", FieldType.BOOL),
    BASE_RTT("base_rtt", FieldType.BOOL),
    LISTEN("listen", FieldType.BOOL),
    STATE("state", FieldType.INT),
    SK_TXHASH("sk_txhash", FieldType.INT),
    TCP_SND_CWND("tcp.snd_cwnd", FieldType.INT),
    TCP_SRTT_US("tcp.srtt_us", FieldType.INT),
    TCP_RTT_MIN("tcp.rtt_min", FieldType.INT),
    TCP_SND_SSTHRESH("tcp.snd_ssthresh", FieldType.INT),
    TCP_RCV_NXT("tcp.rcv_nxt", FieldType.INT),
    TCP_SND_NXT("tcp.snd_nxt", FieldType.INT),
    TCP_SND_UNA("tcp.snd_una", FieldType.INT),
    TCP_MSS_CACHE("tcp.mss_cache", FieldType.INT),
    TCP_ECN_FLAGS("tcp.ecn_flags", FieldType.INT),
    TCP_RATE_DELIVERED("tcp.rate_delivered", FieldType.INT),
    TCP_RATE_INTERVAL_US("tcp.rate_interval_us", FieldType.INT),
    TCP_PACKETS_OUT("tcp.packets_out", FieldType.INT),
    TCP_RETRANS_OUT("tcp.retrans_out", FieldType.INT),
    TCP_TOTAL_RETRANS("tcp.total_retrans", FieldType.INT),
    TCP_SEGS_IN("tcp.segs_in", FieldType.INT),
    TCP_DATA_SEGS_IN("tcp.data_segs_in", FieldType.INT),
    TCP_SEGS_OUT("tcp.segs_out", FieldType.INT),
    TCP_DATA_SEGS_OUT("tcp.data_segs_out", FieldType.INT),
    TCP_LOST_OUT("tcp.lost_out", FieldType.INT),
    TCP_SACKED_OUT("tcp.sacked_out", FieldType.INT),
    VALUE("value", FieldType.STRING),
    NEW_VALUE("new_value", FieldType.STRING),
    COMM("comm", FieldType.STRING),
    PATH("path", FieldType.STRING),
    OPTION("option", FieldType.SOCKET_OPTION),
    LEVEL("level", FieldType.SOCKET_LEVEL),
    OPTNAME("optname", FieldType.INT),
    OPTLEN("optlen", FieldType.INT),
    OPTVAL("optval", FieldType.INT),
    RETVAL("retval", FieldType.ERRNO),
    ICMP_TYPE("icmp.type", FieldType.BYTE),
    ICMP_CODE("icmp.code", FieldType.BYTE),
    TCP_SYN("tcp.syn", FieldType.BOOL),
    TCP_ACK("tcp.ack", FieldType.BOOL),
    TCP_FIN("tcp.fin", FieldType.BOOL),
    TCP_RST("tcp.rst", FieldType.BOOL),
    FRAGMENT("fragment", FieldType.BOOL),
    SOURCE_ROUTED("source_routed", FieldType.BOOL),
    MALFORMED("malformed", FieldType.BOOL),
    LEN("len", FieldType.INT),
    PKT_TYPE("pkt_type", FieldType.PACKET_TYPE),
    IFINDEX("ifindex", FieldType.INT),
    INGRESS_IFINDEX("ingress_ifindex", FieldType.INT);

    private final String text;
    private final FieldType type;

    Field(String text, FieldType type) {
        this.text = text;
        this.type = type;
    }

    /** Returns the field as in the text of a policy. */
    public String text() {
        return text;
    }

    /** Returns the type of the field. */
    public FieldType type() {
        return type;
    }

    /** Returns the sock_ops event of this flag. */
    public Optional<SockOpsEvent> event() {
        return type == FieldType.BOOL ? SockOpsEvent.ofWord(text) : Optional.empty();
    }

    /** Whether it is one of TCP's own numbers, which only a full socket has. */
    public boolean isTcpNumber() {
        return type == FieldType.INT && text.startsWith("tcp.");
    }

    /** The deepest level of {@link #ancestor}. */
    public static final int ANCESTORS = 16;

    /**
     * Returns the cgroup of the calling task at a level of the hierarchy: 1 is directly below the
     * root. Empty beyond {@link #ANCESTORS}.
     */
    public static Optional<Field> ancestor(int level) {
        return named("ancestor(" + level + ")");
    }

    /**
     * Returns the field for a listing, in which one entry represents all ancestors; empty for the
     * others of them.
     */
    public Optional<String> listed() {
        return level() > 1 ? Optional.empty() : Optional.of(level() == 1 ? "ancestor(n)" : text);
    }

    /** Returns the level of an {@link #ancestor}; 0 for every other field. */
    public int level() {
        return compareTo(ANCESTOR_1) >= 0 && compareTo(ANCESTOR_16) <= 0 ? ordinal() - ANCESTOR_1.ordinal() + 1 : 0;
    }

    /** Returns the kind of string; empty for other types. */
    public Optional<StringKind> string() {
        return switch (this) {
            case NAME -> Optional.of(StringKind.SYSCTL_NAME);
            case VALUE -> Optional.of(StringKind.SYSCTL_VALUE);
            case NEW_VALUE -> Optional.of(StringKind.SYSCTL_NEW_VALUE);
            case COMM -> Optional.of(StringKind.COMM);
            case PATH -> Optional.of(StringKind.UNIX_PATH);
            default -> Optional.empty();
        };
    }

    /** Returns the field with this text. */
    public static Optional<Field> named(String text) {
        return Arrays.stream(values()).filter(field -> field.text.equals(text)).findFirst();
    }
}
