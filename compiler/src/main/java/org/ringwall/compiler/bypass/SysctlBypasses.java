// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.bpf.kernel.Hook.SYSCTL;
import static org.ringwall.compiler.bypass.Judge.invokes;
import static org.ringwall.compiler.bypass.Remedy.CONSTRUCTION;

import java.util.List;
import org.ringwall.compiler.policy.Intent;

/**
 * The bypasses of `sysctl`: a process reads or writes a kernel setting although the block denies
 * it.
 */
final class SysctlBypasses {
    private static final List<Intent> SYSCTL_BLOCK = List.of(Intent.SYSCTL);

    private static final String EVERY_NAME =
            "sysctl { deny if name glob { \"net/ipv4/ip_forward\", \"net/ipv?/conf/**\", \"net/ipv?/neigh/**\","
                    + " \"net/ipv6/route/**\", \"net/mptcp/**\", \"net/**nf_conntrack_max\", \"fs/inotify/**\","
                    + " \"fs/fanotify/**\", \"user/**\", \"vm/nr_hugepages**\", \"vm/dirty_**\","
                    + " \"vm/overcommit_**\" }; default allow }";

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
                    "the process uses another sysctl with the same setting, or one for all or new interfaces, as"
                            + " net/ipv4/conf/default/rp_filter in place of net/ipv4/conf/eth0/rp_filter",
                    "the setting of a denied sysctl",
                    new Judge.Aliases(SysctlAliases.all()),
                    Remedy.policy(EVERY_NAME)),
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

    private static Bypass judged(String id, String what, String lets) {
        return Bypass.of(SYSCTL_BLOCK, id, what, lets, invokes(SYSCTL), CONSTRUCTION);
    }

    private static Bypass unseen(String id, String what, String lets, String reason, String advice) {
        return Bypass.of(SYSCTL_BLOCK, id, what, lets, new Judge.Unseen(reason), Remedy.host(advice));
    }
}
