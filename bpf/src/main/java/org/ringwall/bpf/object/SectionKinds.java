// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.object;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The program types of sections whose programs are not attached to cgroups by their section alone
 * (libbpf: section_defs).
 */
final class SectionKinds {
    private static final Map<String, String> TYPES = Stream.of(
                    "SOCKET_FILTER: socket",
                    "SK_REUSEPORT: sk_reuseport",
                    "KPROBE: kprobe kretprobe uprobe uretprobe ksyscall kretsyscall usdt",
                    "SCHED_CLS: tc tcx classifier netkit",
                    "SCHED_ACT: action",
                    "TRACEPOINT: tracepoint tp",
                    "RAW_TRACEPOINT: raw_tracepoint raw_tp",
                    "TRACING: tp_btf fentry fexit fmod_ret fsession iter",
                    "EXT: freplace",
                    "LSM: lsm lsm_cgroup",
                    "XDP: xdp",
                    "PERF_EVENT: perf_event",
                    "LWT_IN: lwt_in",
                    "LWT_OUT: lwt_out",
                    "LWT_XMIT: lwt_xmit",
                    "LWT_SEG6LOCAL: lwt_seg6local",
                    "SK_SKB: sk_skb",
                    "SK_MSG: sk_msg",
                    "LIRC_MODE2: lirc_mode2",
                    "FLOW_DISSECTOR: flow_dissector",
                    "SK_LOOKUP: sk_lookup",
                    "NETFILTER: netfilter",
                    "STRUCT_OPS: struct_ops",
                    "SYSCALL: syscall")
            .map(line -> line.split(": ", 2))
            .flatMap(words -> Stream.of(words[1].split(" ")).map(prefix -> Map.entry(prefix, words[0])))
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private SectionKinds() {}

    /** Returns the program type of a section; empty if libbpf does not know the section. */
    static Optional<String> type(String section) {
        String first = section.split("[/.]", 2)[0];
        return Optional.ofNullable(TYPES.get(first));
    }
}
