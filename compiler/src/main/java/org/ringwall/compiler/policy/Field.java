// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.Arrays;
import java.util.Optional;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.compiler.strings.StringKind;

/**
 * A property of a request that a guard can test (docs/semantics.md section 1). A field that is one
 * number of the context is complete with its description here and its {@code diagram.Variable}.
 */
public enum Field {
    REMOTE_IP("remote.ip", FieldSpec.of(FieldType.ADDRESS).shownAs("remote address")),
    REMOTE_PORT("remote.port", FieldSpec.of(FieldType.PORT).shownAs("remote port")),
    LOCAL_IP("local.ip", FieldSpec.of(FieldType.ADDRESS).shownAs("local address")),
    LOCAL_PORT("local.port", FieldSpec.of(FieldType.PORT).shownAs("local port")),
    PROTO("proto", FieldSpec.of(FieldType.PROTOCOL).shownAs("proto")),
    TYPE("type", FieldType.SOCKET_TYPE),
    FAMILY("family", FieldSpec.of(FieldType.FAMILY).shownAs("family")),
    UID(
            "uid",
            FieldSpec.of(FieldType.ID)
                    .from(Helper.GET_CURRENT_UID_GID)
                    .chosenBy("root in a container can change its `uid`")),
    GID(
            "gid",
            FieldSpec.of(FieldType.ID)
                    .from(Helper.GET_CURRENT_UID_GID)
                    .chosenBy("root in a container can change its `gid`")),
    PID(
            "pid",
            FieldSpec.of(FieldType.INT)
                    .from(Helper.GET_CURRENT_PID_TGID)
                    .chosenBy("each process that it starts has a new `pid`")),
    CGROUP(
            "cgroup",
            FieldSpec.of(FieldType.CGROUP)
                    .from(Helper.GET_CURRENT_CGROUP_ID)
                    .shownAs("cgroup")
                    .chosenBy("it can create cgroups below its own if a subtree is delegated to it")),
    ANCESTOR_1("ancestor(1)", FieldSpec.ancestor()),
    ANCESTOR_2("ancestor(2)", FieldSpec.ancestor()),
    ANCESTOR_3("ancestor(3)", FieldSpec.ancestor()),
    ANCESTOR_4("ancestor(4)", FieldSpec.ancestor()),
    ANCESTOR_5("ancestor(5)", FieldSpec.ancestor()),
    ANCESTOR_6("ancestor(6)", FieldSpec.ancestor()),
    ANCESTOR_7("ancestor(7)", FieldSpec.ancestor()),
    ANCESTOR_8("ancestor(8)", FieldSpec.ancestor()),
    ANCESTOR_9("ancestor(9)", FieldSpec.ancestor()),
    ANCESTOR_10("ancestor(10)", FieldSpec.ancestor()),
    ANCESTOR_11("ancestor(11)", FieldSpec.ancestor()),
    ANCESTOR_12("ancestor(12)", FieldSpec.ancestor()),
    ANCESTOR_13("ancestor(13)", FieldSpec.ancestor()),
    ANCESTOR_14("ancestor(14)", FieldSpec.ancestor()),
    ANCESTOR_15("ancestor(15)", FieldSpec.ancestor()),
    ANCESTOR_16("ancestor(16)", FieldSpec.ancestor()),
    NETNS(
            "netns",
            FieldSpec.of(FieldType.COOKIE).from(Helper.GET_NETNS_COOKIE).chosenBy("it can create network namespaces")),
    COOKIE(
            "cookie",
            FieldSpec.of(FieldType.COOKIE).from(Helper.GET_SOCKET_COOKIE).chosenBy("each socket has a new `cookie`")),
    MARK(
            "mark",
            FieldSpec.number()
                    .assignable(ContextStruct.SOCK, "mark")
                    .in(ContextStruct.SK_BUFF, "mark")
                    .chosenBy("it can set the `mark` of its sockets")),
    PRIORITY(
            "priority",
            FieldSpec.number()
                    .assignable(ContextStruct.SOCK, "priority")
                    .in(ContextStruct.SK_BUFF, "priority")
                    .chosenBy("it can set the `priority` of its sockets")),
    BOUND_IF(
            "bound_if",
            FieldSpec.number().assignable(ContextStruct.SOCK, "bound_dev_if").shownAs("interface")),
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
    CLOSED("tcp_closed", FieldType.BOOL),
    LISTEN("listen", FieldType.BOOL),
    STATE("state", FieldSpec.number().in(ContextStruct.SOCK_OPS, "state")),
    SK_TXHASH(
            "sk_txhash",
            FieldSpec.number().assignable(ContextStruct.SOCK_OPS, "sk_txhash").ofFullSocket()),
    TCP_SND_CWND("tcp.snd_cwnd", FieldSpec.ofTcp("snd_cwnd")),
    TCP_SRTT_US("tcp.srtt_us", FieldSpec.ofTcp("srtt_us")),
    TCP_RTT_MIN("tcp.rtt_min", FieldSpec.ofTcp("rtt_min")),
    TCP_SND_SSTHRESH("tcp.snd_ssthresh", FieldSpec.ofTcp("snd_ssthresh")),
    TCP_RCV_NXT("tcp.rcv_nxt", FieldSpec.ofTcp("rcv_nxt")),
    TCP_SND_NXT("tcp.snd_nxt", FieldSpec.ofTcp("snd_nxt")),
    TCP_SND_UNA("tcp.snd_una", FieldSpec.ofTcp("snd_una")),
    TCP_MSS_CACHE("tcp.mss_cache", FieldSpec.ofTcp("mss_cache")),
    TCP_ECN_FLAGS("tcp.ecn_flags", FieldSpec.ofTcp("ecn_flags")),
    TCP_RATE_DELIVERED("tcp.rate_delivered", FieldSpec.ofTcp("rate_delivered")),
    TCP_RATE_INTERVAL_US("tcp.rate_interval_us", FieldSpec.ofTcp("rate_interval_us")),
    TCP_PACKETS_OUT("tcp.packets_out", FieldSpec.ofTcp("packets_out")),
    TCP_RETRANS_OUT("tcp.retrans_out", FieldSpec.ofTcp("retrans_out")),
    TCP_TOTAL_RETRANS("tcp.total_retrans", FieldSpec.ofTcp("total_retrans")),
    TCP_SEGS_IN("tcp.segs_in", FieldSpec.ofTcp("segs_in")),
    TCP_DATA_SEGS_IN("tcp.data_segs_in", FieldSpec.ofTcp("data_segs_in")),
    TCP_SEGS_OUT("tcp.segs_out", FieldSpec.ofTcp("segs_out")),
    TCP_DATA_SEGS_OUT("tcp.data_segs_out", FieldSpec.ofTcp("data_segs_out")),
    TCP_LOST_OUT("tcp.lost_out", FieldSpec.ofTcp("lost_out")),
    TCP_SACKED_OUT("tcp.sacked_out", FieldSpec.ofTcp("sacked_out")),
    TCP_BYTES_RECEIVED("tcp.bytes_received", FieldSpec.ofTcp("bytes_received")),
    TCP_BYTES_ACKED("tcp.bytes_acked", FieldSpec.ofTcp("bytes_acked")),
    VALUE("value", FieldType.STRING),
    NEW_VALUE("new_value", FieldType.STRING),
    NEW_VALUE_NUMBER("new_value.number", FieldType.NUMERAL),
    COMM(
            "comm",
            FieldSpec.of(FieldType.STRING).from(Helper.GET_CURRENT_COMM).chosenBy("a process can set its own name")),
    PATH("path", FieldType.STRING),
    OPTION("option", FieldType.SOCKET_OPTION),
    LEVEL("level", FieldType.SOCKET_LEVEL),
    OPTNAME("optname", FieldType.INT),
    OPTLEN("optlen", FieldType.INT),
    OPTVAL("optval", FieldType.INT),
    RETVAL("retval", FieldType.ERRNO),
    ICMP_TYPE("icmp.type", FieldSpec.of(FieldType.BYTE).shownAs("icmp type")),
    ICMP_CODE("icmp.code", FieldSpec.of(FieldType.BYTE).shownAs("icmp code")),
    TCP_SYN("tcp.syn", FieldType.BOOL),
    TCP_ACK("tcp.ack", FieldType.BOOL),
    TCP_FIN("tcp.fin", FieldType.BOOL),
    TCP_RST("tcp.rst", FieldType.BOOL),
    FRAGMENT("fragment", FieldType.BOOL),
    SOURCE_ROUTED("source_routed", FieldType.BOOL),
    MALFORMED("malformed", FieldType.BOOL),
    LEN("len", FieldSpec.number().in(ContextStruct.SK_BUFF, "len").shownAs("length")),
    PKT_TYPE(
            "pkt_type",
            FieldSpec.of(FieldType.PACKET_TYPE)
                    .in(ContextStruct.SK_BUFF, "pkt_type")
                    .shownAs("")),
    IFINDEX("ifindex", FieldSpec.number().in(ContextStruct.SK_BUFF, "ifindex").shownAs("interface")),
    INGRESS_IFINDEX(
            "ingress_ifindex",
            FieldSpec.number().in(ContextStruct.SK_BUFF, "ingress_ifindex").shownAs("ingress interface"));

    private final String text;
    private final FieldSpec spec;

    Field(String text, FieldType type) {
        this(text, FieldSpec.of(type));
    }

    Field(String text, FieldSpec spec) {
        this.text = text;
        this.spec = spec;
    }

    /** Returns the field as in the text of a policy. */
    public String text() {
        return text;
    }

    public FieldType type() {
        return spec.type();
    }

    /** Returns the description of the field. */
    public FieldSpec spec() {
        return spec;
    }

    /** Returns the sock_ops event of this flag. */
    public Optional<SockOpsEvent> event() {
        return type() == FieldType.BOOL ? SockOpsEvent.ofWord(text) : Optional.empty();
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

    public static Optional<Field> named(String text) {
        return Arrays.stream(values()).filter(field -> field.text.equals(text)).findFirst();
    }
}
