// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.bpf.kernel.Hook.SYSCTL;
import static org.ringwall.compiler.bypass.Closing.CONSTRUCTION;
import static org.ringwall.compiler.bypass.Judge.invokes;

import java.util.List;
import java.util.stream.Stream;
import org.ringwall.compiler.policy.Intent;

/**
 * The bypasses of `sysctl`: a process reads or writes a kernel setting although the block denies
 * it.
 */
final class SysctlBypasses {
    private static final List<Intent> SYSCTL_BLOCK = List.of(Intent.SYSCTL);

    /** Sysctls that are names of one value, or of one limit in two units. */
    private static final List<List<String>> TWINS = List.of(
            List.of("net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding"),
            List.of("fs/inotify/max_user_instances", "user/max_inotify_instances"),
            List.of("fs/inotify/max_user_watches", "user/max_inotify_watches"),
            List.of("fs/fanotify/max_user_groups", "user/max_fanotify_groups"),
            List.of("fs/fanotify/max_user_marks", "user/max_fanotify_marks"),
            List.of("net/nf_conntrack_max", "net/netfilter/nf_conntrack_max"),
            List.of("net/ipv6/route/gc_min_interval", "net/ipv6/route/gc_min_interval_ms"),
            List.of("net/ipv4/neigh/default/retrans_time", "net/ipv4/neigh/default/retrans_time_ms"),
            List.of("net/ipv6/neigh/default/retrans_time", "net/ipv6/neigh/default/retrans_time_ms"),
            List.of("net/ipv4/neigh/default/base_reachable_time", "net/ipv4/neigh/default/base_reachable_time_ms"),
            List.of("net/ipv6/neigh/default/base_reachable_time", "net/ipv6/neigh/default/base_reachable_time_ms"),
            List.of("net/ipv4/neigh/default/unres_qlen", "net/ipv4/neigh/default/unres_qlen_bytes"),
            List.of("net/ipv6/neigh/default/unres_qlen", "net/ipv6/neigh/default/unres_qlen_bytes"),
            List.of("vm/nr_hugepages", "vm/nr_hugepages_mempolicy"),
            List.of("vm/dirty_bytes", "vm/dirty_ratio"),
            List.of("vm/dirty_background_bytes", "vm/dirty_background_ratio"),
            List.of("vm/overcommit_kbytes", "vm/overcommit_ratio"));

    /**
     * Pairs in which a write to the first also writes the second. `lo` is the example for every
     * interface.
     */
    private static final List<Judge.Alias> SETTERS = List.of(
            new Judge.Alias("net/ipv4/ip_forward", "net/ipv4/conf/lo/forwarding", false),
            new Judge.Alias("net/ipv4/conf/all/forwarding", "net/ipv4/conf/lo/forwarding", false),
            new Judge.Alias("net/ipv6/conf/all/forwarding", "net/ipv6/conf/lo/forwarding", false),
            new Judge.Alias("net/ipv6/conf/all/disable_ipv6", "net/ipv6/conf/lo/disable_ipv6", false),
            new Judge.Alias("net/ipv6/conf/all/addr_gen_mode", "net/ipv6/conf/lo/addr_gen_mode", false));

    private static final String EVERY_NAME =
            "sysctl { deny if name glob { \"net/ipv4/ip_forward\", \"net/ipv?/conf/*/forwarding\","
                    + " \"net/ipv6/conf/*/disable_ipv6\", \"net/ipv6/conf/*/addr_gen_mode\", \"net/ipv?/neigh/**\","
                    + " \"net/ipv6/route/**\", \"net/**nf_conntrack_max\", \"fs/inotify/**\", \"fs/fanotify/**\","
                    + " \"user/**\", \"vm/nr_hugepages**\", \"vm/dirty_**\", \"vm/overcommit_**\" }; default allow }";

    static final List<Bypass> BYPASSES = List.of(
            judged(
                    "open-sysctl",
                    "a sysctl is read, written, spliced or sent through a descriptor that was open before",
                    "values of a denied sysctl"),
            judged("other-proc", "the sysctl is reached by another mount of proc", "a denied sysctl by another path"),
            judged("uring-read", "io_uring reads the sysctl without a read call", "values of a denied sysctl")
                    .on("5.1 and newer"),
            Bypass.of(
                    SYSCTL_BLOCK,
                    "sysctl-alias",
                    "the process uses another sysctl with the same setting, or the one for all interfaces, as"
                            + " net/ipv4/conf/all/forwarding in place of net/ipv4/ip_forward",
                    "the setting of a denied sysctl",
                    new Judge.Aliases(aliases()),
                    new Closing.ByPolicy(EVERY_NAME)),
            unseen(
                    "open-only",
                    "a sysctl is opened, polled or listed and neither read nor written",
                    "whether it exists, and when kernel/hostname or kernel/domainname changes",
                    "the hook is invoked on reading and writing",
                    "nothing needs closing: its value stays out of reach"),
            unseen(
                    "binfmt-misc",
                    "a file of binfmt_misc is read or written, below /proc/sys/fs or on a mount of the process",
                    "binary formats and their interpreters, with user 0 alone",
                    "it is another file system, and its files invoke no hook",
                    "unmount binfmt_misc, or mask /proc/sys/fs/binfmt_misc; take CAP_SYS_ADMIN from the workload"),
            unseen(
                    "other-files",
                    "a file outside of /proc/sys has the same setting, as /sys/module/kernel/parameters/panic and"
                            + " /sys/kernel/mm/hugepages",
                    "the setting of a denied sysctl; writing takes user 0 and no capability",
                    "no file of /proc/sys is touched",
                    "mount /sys read-only, or mask the files"),
            unseen(
                    "other-reads",
                    "another system call shows what a sysctl holds, as uname(2), shmctl(2), getsockopt(2) and"
                            + " rtnetlink",
                    "the value of a denied sysctl, without any privilege",
                    "no file of /proc/sys is touched",
                    "keep no secret in a sysctl; refuse uname(2) by seccomp, or give the workload namespaces of its"
                            + " own"),
            unseen(
                    "other-calls",
                    "another system call sets what a sysctl shows, as sethostname(2), syslog(2), and rtnetlink for the"
                            + " settings of interfaces and neighbours",
                    "the setting behind a denied sysctl",
                    "no file of /proc/sys is touched",
                    "take CAP_SYS_ADMIN, CAP_SYSLOG and CAP_NET_ADMIN from the workload"));

    private SysctlBypasses() {}

    private static List<Judge.Alias> aliases() {
        return Stream.concat(
                        TWINS.stream()
                                .flatMap(twins -> Stream.of(
                                        new Judge.Alias(twins.get(0), twins.get(1), true),
                                        new Judge.Alias(twins.get(1), twins.get(0), true))),
                        SETTERS.stream())
                .toList();
    }

    private static Bypass judged(String id, String what, String lets) {
        return Bypass.of(SYSCTL_BLOCK, id, what, lets, invokes(SYSCTL), CONSTRUCTION);
    }

    private static Bypass unseen(String id, String what, String lets, String reason, String advice) {
        return Bypass.of(SYSCTL_BLOCK, id, what, lets, new Judge.Unseen(reason), new Closing.Elsewhere(advice));
    }
}
