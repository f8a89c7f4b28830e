// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.kernel;

import static org.ringwall.bpf.kernel.ByteOrderKind.HOST;
import static org.ringwall.bpf.kernel.ByteOrderKind.NETWORK;
import static org.ringwall.bpf.kernel.ByteOrderKind.NETWORK_16_IN_32;
import static org.ringwall.bpf.kernel.ByteOrderKind.NETWORK_32;
import static org.ringwall.bpf.kernel.ByteOrderKind.POINTER;
import static org.ringwall.bpf.kernel.ByteOrderKind.SCRATCH;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextField.Access;
import org.ringwall.bpf.kernel.ContextField.Placement;

/**
 * The tables of {@link ContextStruct#fields()}, one for each `is_valid_access` of net/core and
 * kernel/bpf.
 */
final class ContextFields {
    private static final Set<Width> WORD = EnumSet.of(Width.W);

    private static final Set<Width> DOUBLE = EnumSet.of(Width.DW);

    /** 1, 2 and 4 bytes: `bpf_ctx_narrow_access_ok`. */
    private static final Set<Width> NARROW = EnumSet.of(Width.B, Width.H, Width.W);

    /** 4 bytes and, at multiples of 8 in the struct, 8 bytes: `bpf_ctx_wide_access_ok`. */
    private static final Set<Width> WIDE = EnumSet.of(Width.W, Width.DW);

    private static final Set<Width> ANY = EnumSet.allOf(Width.class);

    private static final Access NO = new Access(Set.of(), Placement.INSIDE, Set.of());

    private static final Map<ContextStruct, List<ContextField>> TABLES = tables();

    private ContextFields() {}

    static List<ContextField> of(ContextStruct struct) {
        List<ContextField> fields = TABLES.get(struct);
        if (fields == null) {
            throw new IllegalStateException("no table of " + struct.kernelName());
        }
        return fields;
    }

    private static Map<ContextStruct, List<ContextField>> tables() {
        Map<ContextStruct, List<ContextField>> tables = new EnumMap<>(ContextStruct.class);
        for (ContextStruct struct : ContextStruct.values()) {
            tables.put(
                    struct,
                    switch (struct) {
                        case SK_BUFF -> skBuff();
                        case SOCK -> sock();
                        case SOCK_ADDR -> sockAddr();
                        case SOCK_OPS -> sockOps();
                        case DEVICE -> device();
                        case SYSCTL -> sysctl();
                        case SOCKOPT -> sockopt();
                    });
        }
        return tables;
    }

    /**
     * Fields by `sock_filter_is_valid_access` and `bpf_sock_is_valid_access`, restricted by
     * `__sock_filter_check_attach_type`.
     */
    private static List<ContextField> sock() {
        Set<Hook> all = HookSets.SOCKS;
        Set<Hook> bound4 = HookSets.of(ProgramType.CGROUP_SOCK, AddressFamily.INET);
        Set<Hook> bound6 = HookSets.of(ProgramType.CGROUP_SOCK, AddressFamily.INET6);
        Set<Hook> bound = HookSets.union(bound4, bound6);
        Set<Hook> birth = HookSets.except(all, bound);
        return List.of(
                field("bound_dev_if", 0, 4, HOST, on(birth, WORD), on(birth, WORD)),
                field("family", 4, 4, HOST, atStart(all), NO).keptIn(2),
                field("type", 8, 4, HOST, atStart(all), NO).keptIn(2),
                field("protocol", 12, 4, HOST, atStart(all), NO).keptIn(2),
                field("mark", 16, 4, HOST, on(birth, WORD), on(birth, WORD)),
                field("priority", 20, 4, HOST, on(birth, WORD), on(birth, WORD)),
                field("src_ip4", 24, 4, NETWORK, on(bound4, NARROW), NO),
                field("src_ip6", 28, 16, NETWORK, on(bound6, NARROW), NO),
                field("src_port", 44, 4, HOST, atStart(bound), NO).keptIn(2),
                field("dst_port", 48, 2, NETWORK, on(all, NARROW), NO),
                field("dst_ip4", 52, 4, NETWORK, on(all, NARROW), NO),
                field("dst_ip6", 56, 16, NETWORK, on(all, NARROW), NO),
                field("state", 72, 4, HOST, atStart(all), NO).keptIn(1),
                field("rx_queue_mapping", 76, 4, HOST, atStart(all), NO).keptIn(2));
    }

    /**
     * Fields by `sock_addr_is_valid_access`. At the unix hooks the verifier admits user_port, which
     * contains bytes of sun_path there.
     */
    private static List<ContextField> sockAddr() {
        Set<Hook> all = HookSets.SOCK_ADDRS;
        Set<Hook> four = HookSets.of(ProgramType.CGROUP_SOCK_ADDR, AddressFamily.INET);
        Set<Hook> six = HookSets.of(ProgramType.CGROUP_SOCK_ADDR, AddressFamily.INET6);
        Set<Hook> send4 = HookSets.only(Hook.SENDMSG4);
        Set<Hook> send6 = HookSets.only(Hook.SENDMSG6);
        return List.of(
                field("user_family", 0, 4, HOST, on(all, WORD), NO),
                field("user_ip4", 4, 4, NETWORK, on(four, NARROW), on(four, WORD)),
                field("user_ip6", 8, 16, NETWORK, on(six, ANY), on(six, WIDE)),
                field("user_port", 24, 4, NETWORK_16_IN_32, on(all, NARROW), on(all, WORD))
                        .keptIn(2),
                field("family", 28, 4, HOST, on(all, WORD), NO),
                field("type", 32, 4, HOST, on(all, WORD), NO),
                field("protocol", 36, 4, HOST, on(all, WORD), NO),
                field("msg_src_ip4", 40, 4, NETWORK, on(send4, NARROW), on(send4, WORD)),
                field("msg_src_ip6", 44, 16, NETWORK, on(send6, ANY), on(send6, WIDE)),
                field("sk", 64, 8, POINTER, on(all, DOUBLE), NO));
    }

    /**
     * Fields by `sock_ops_is_valid_access`. Before 6.15 the kernel keeps skb_tcp_flags in one byte.
     */
    private static List<ContextField> sockOps() {
        Set<Hook> all = HookSets.only(Hook.SOCK_OPS);
        Access word = on(all, WORD);
        Access pair = on(all, DOUBLE);
        return List.of(
                field("op", 0, 4, HOST, word, NO),
                field("reply", 4, 4, HOST, word, word),
                field("args", 4, 16, HOST, word, NO),
                field("replylong", 4, 16, HOST, word, NO),
                field("family", 20, 4, HOST, word, NO),
                field("remote_ip4", 24, 4, NETWORK, word, NO),
                field("local_ip4", 28, 4, NETWORK, word, NO),
                field("remote_ip6", 32, 16, NETWORK, word, NO),
                field("local_ip6", 48, 16, NETWORK, word, NO),
                field("remote_port", 64, 4, NETWORK_32, word, NO),
                field("local_port", 68, 4, HOST, word, NO),
                field("is_fullsock", 72, 4, HOST, word, NO),
                field("snd_cwnd", 76, 4, HOST, word, NO),
                field("srtt_us", 80, 4, HOST, word, NO),
                field("bpf_sock_ops_cb_flags", 84, 4, HOST, word, NO),
                field("state", 88, 4, HOST, word, NO),
                field("rtt_min", 92, 4, HOST, word, NO),
                field("snd_ssthresh", 96, 4, HOST, word, NO),
                field("rcv_nxt", 100, 4, HOST, word, NO),
                field("snd_nxt", 104, 4, HOST, word, NO),
                field("snd_una", 108, 4, HOST, word, NO),
                field("mss_cache", 112, 4, HOST, word, NO),
                field("ecn_flags", 116, 4, HOST, word, NO),
                field("rate_delivered", 120, 4, HOST, word, NO),
                field("rate_interval_us", 124, 4, HOST, word, NO),
                field("packets_out", 128, 4, HOST, word, NO),
                field("retrans_out", 132, 4, HOST, word, NO),
                field("total_retrans", 136, 4, HOST, word, NO),
                field("segs_in", 140, 4, HOST, word, NO),
                field("data_segs_in", 144, 4, HOST, word, NO),
                field("segs_out", 148, 4, HOST, word, NO),
                field("data_segs_out", 152, 4, HOST, word, NO),
                field("lost_out", 156, 4, HOST, word, NO),
                field("sacked_out", 160, 4, HOST, word, NO),
                field("sk_txhash", 164, 4, HOST, word, word),
                field("bytes_received", 168, 8, HOST, pair, NO),
                field("bytes_acked", 176, 8, HOST, pair, NO),
                field("sk", 184, 8, POINTER, pair, NO),
                field("skb_data", 192, 8, POINTER, pair, NO),
                field("skb_data_end", 200, 8, POINTER, pair, NO),
                field("skb_len", 208, 4, HOST, word, NO),
                field("skb_tcp_flags", 212, 4, HOST, atStart(all), NO).keptIn(2),
                field("skb_hwtstamp", 216, 8, HOST, pair, NO, KernelVersion.V6_12));
    }

    /** Fields by `cgroup_dev_is_valid_access`. */
    private static List<ContextField> device() {
        Set<Hook> all = HookSets.only(Hook.DEVICE);
        return List.of(
                field("access_type", 0, 4, HOST, on(all, NARROW), NO),
                field("major", 4, 4, HOST, on(all, WORD), NO),
                field("minor", 8, 4, HOST, on(all, WORD), NO));
    }

    /** Fields by `sysctl_is_valid_access`. */
    private static List<ContextField> sysctl() {
        Set<Hook> all = HookSets.only(Hook.SYSCTL);
        return List.of(
                field("write", 0, 4, HOST, on(all, NARROW), NO),
                field("file_pos", 4, 4, HOST, on(all, NARROW), on(all, WORD)));
    }

    /** Fields by `cg_sockopt_is_valid_access`. */
    private static List<ContextField> sockopt() {
        Set<Hook> all = HookSets.SOCKOPTS;
        Set<Hook> set = HookSets.only(Hook.SETSOCKOPT);
        Set<Hook> get = HookSets.only(Hook.GETSOCKOPT);
        return List.of(
                field("sk", 0, 8, POINTER, on(all, DOUBLE), NO),
                field("optval", 8, 8, POINTER, on(all, DOUBLE), NO),
                field("optval_end", 16, 8, POINTER, on(all, DOUBLE), NO),
                field("level", 24, 4, HOST, on(all, WORD), on(set, WORD)),
                field("optname", 28, 4, HOST, on(all, WORD), on(set, WORD)),
                field("optlen", 32, 4, HOST, on(all, WORD), on(all, WORD)),
                field("retval", 36, 4, HOST, on(get, WORD), on(get, WORD)));
    }

    /** Fields by `cg_skb_is_valid_access` and `bpf_skb_is_valid_access`. */
    private static List<ContextField> skBuff() {
        Set<Hook> all = HookSets.PACKETS;
        Access word = on(all, WORD);
        Access pair = on(all, DOUBLE);
        Access narrow = on(all, NARROW);
        return List.of(
                field("len", 0, 4, HOST, narrow, NO),
                field("pkt_type", 4, 4, HOST, narrow, NO).keptIn(1),
                field("mark", 8, 4, HOST, narrow, word),
                field("queue_mapping", 12, 4, HOST, narrow, NO).keptIn(2),
                field("protocol", 16, 4, NETWORK_16_IN_32, narrow, NO).keptIn(2),
                field("vlan_present", 20, 4, HOST, narrow, NO),
                field("vlan_tci", 24, 4, HOST, narrow, NO).keptIn(2),
                field("vlan_proto", 28, 4, NETWORK_16_IN_32, narrow, NO).keptIn(2),
                field("priority", 32, 4, HOST, narrow, word),
                field("ingress_ifindex", 36, 4, HOST, narrow, NO),
                field("ifindex", 40, 4, HOST, narrow, NO),
                field("tc_index", 44, 4, HOST, narrow, NO).keptIn(2),
                field("cb", 48, 20, SCRATCH, on(all, ANY), on(all, ANY)),
                field("hash", 68, 4, HOST, narrow, NO),
                field("tc_classid", 72, 4, HOST, NO, NO),
                field("data", 76, 4, POINTER, word, NO),
                field("data_end", 80, 4, POINTER, word, NO),
                field("napi_id", 84, 4, HOST, narrow, NO),
                field("family", 88, 4, HOST, narrow, NO).keptIn(2),
                field("remote_ip4", 92, 4, NETWORK, word, NO),
                field("local_ip4", 96, 4, NETWORK, word, NO),
                field("remote_ip6", 100, 16, NETWORK, word, NO),
                field("local_ip6", 116, 16, NETWORK, word, NO),
                field("remote_port", 132, 4, NETWORK_32, narrow, NO).keptIn(2),
                field("local_port", 136, 4, HOST, narrow, NO).keptIn(2),
                field("data_meta", 140, 4, POINTER, NO, NO),
                field("flow_keys", 144, 8, POINTER, NO, NO),
                field("tstamp", 152, 8, HOST, pair, pair),
                field("wire_len", 160, 4, HOST, NO, NO),
                field("gso_segs", 164, 4, HOST, narrow, NO).keptIn(2),
                field("sk", 168, 8, POINTER, pair, NO),
                field("gso_size", 176, 4, HOST, narrow, NO).keptIn(2),
                field("tstamp_type", 180, 1, HOST, NO, NO),
                field("hwtstamp", 184, 8, HOST, pair, NO, KernelVersion.V6_1));
    }

    private static Access on(Set<Hook> hooks, Set<Width> widths) {
        return new Access(widths, Placement.INSIDE, hooks);
    }

    private static Access atStart(Set<Hook> hooks) {
        return new Access(NARROW, Placement.START, hooks);
    }

    private static ContextField field(
            String name, int offset, int bytes, ByteOrderKind order, Access read, Access write) {
        return field(name, offset, bytes, order, read, write, KernelVersion.V5_10);
    }

    private static ContextField field(
            String name, int offset, int bytes, ByteOrderKind order, Access read, Access write, KernelVersion since) {
        return new ContextField(name, offset, bytes, bytes, order, read, write, since);
    }
}
