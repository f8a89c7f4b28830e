// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;

/**
 * The bypasses of several blocks that follow from the relations of cgroups, sockets and programs.
 */
final class HostBypasses {
    private static final List<Block.Target> ADDRESSES = Bypass.targets(List.of(Intent.EGRESS, Intent.BIND), List.of());
    private static final List<Block.Target> EVERY = Bypass.targets(List.of(Intent.values()), HookBypasses.HOOKS);

    /**
     * The blocks at whose hooks another program can revert a denial. bpf_set_retval does not exist
     * for packets, which one denial drops.
     */
    private static final List<Block.Target> REVERSIBLE =
            EVERY.stream().filter(block -> !block.text().startsWith("packets")).toList();

    /** The blocks whose hooks belong to a socket, and so to the cgroup in which it was created. */
    private static final List<Block.Target> OF_SOCKETS = Bypass.targets(
            List.of(
                    Intent.EGRESS,
                    Intent.BIND,
                    Intent.SOCKETS,
                    Intent.SOCKOPT,
                    Intent.PACKETS_INGRESS,
                    Intent.PACKETS_EGRESS),
            HookBypasses.HOOKS);

    /**
     * The blocks whose requests an open descriptor makes without a further call of their hooks.
     */
    private static final List<Block.Target> OF_DESCRIPTORS = Bypass.targets(
            List.of(
                    Intent.EGRESS,
                    Intent.BIND,
                    Intent.SOCKETS,
                    Intent.DEVICES,
                    Intent.SOCKOPT,
                    Intent.PACKETS_INGRESS,
                    Intent.PACKETS_EGRESS),
            HookBypasses.HOOKS);

    private static final List<Block.Target> OUTGOING =
            Bypass.targets(List.of(Intent.EGRESS, Intent.PACKETS_EGRESS), List.of());

    /** The sysctls that contain the path of a program which the kernel starts. */
    private static final List<String> HELPERS = List.of(
            "kernel/core_pattern",
            "kernel/modprobe",
            "kernel/hotplug",
            "kernel/poweroff_cmd",
            "fs/ocfs2/nm/hb_ctl_path");

    private static final String NO_HELPERS = "sysctl { deny if write and name in { "
            + HELPERS.stream().map(name -> '"' + name + '"').collect(Collectors.joining(", "))
            + " }; default allow }";

    static final List<Bypass> BYPASSES = List.of(
            packets(
                    ADDRESSES,
                    "established",
                    "a socket that was connected or bound before the policy goes on sending and receiving",
                    "whatever is written to a denied address, and whatever comes to a denied port",
                    "the hooks run when a conversation begins and when an address is taken",
                    "apply the policy before the workload starts; `ringwall run` does"),
            unseen(
                    OF_SOCKETS,
                    "outside-socket",
                    "a socket that was made outside the cgroup is used by a process that came in with it",
                    "connections, datagrams, binds and options of that socket",
                    "a socket belongs to the cgroup in which it was made",
                    "start the workload without sockets; `ringwall run` does, unless --inherit-sockets is given"),
            unseen(
                            OF_SOCKETS,
                            "unmatched-socket",
                            "with CAP_SYS_ADMIN the process, or a container engine on cgroup v1, puts a task into a"
                                    + " child of a cgroup v1 hierarchy with net_prio or net_cls, and then creates sockets",
                            "connections, datagrams, binds and options of every socket on the host that is created from"
                                    + " then on, until the next boot",
                            "the kernel no longer knows to which cgroup a socket belongs",
                            "boot with cgroup_no_v1=net_prio,net_cls; `ringwall apply` refuses such a host, and"
                                    + " `ringwall doctor` and `ringwall status --check` report it")
                    .on("before 5.15"),
            Bypass.around(
                            Bypass.targets(
                                    List.of(Intent.EGRESS, Intent.BIND), List.of(Hook.POST_BIND4, Hook.POST_BIND6)),
                            "managed-subflow",
                            "a path manager in user space, with CAP_NET_ADMIN over the network namespace, creates a"
                                    + " subflow of an MPTCP connection (MPTCP_PM_CMD_SUBFLOW_CREATE)",
                            "subflows and their binds that rules on uid, gid, pid, comm or cgroup deny to the maker of"
                                    + " the connection and allow to the path manager",
                            new ManagedSubflow(),
                            Remedy.host(
                                    "write `requires kernel 6.1`, which does not help at post_bind4 and post_bind6, or"
                                            + " leave net.mptcp.pm_type at 0, or deny MPTCP sockets"))
                    .on("5.19 and newer"),
            unseen(
                    OF_SOCKETS,
                    "passed-socket",
                    "a socket that was made outside the cgroup comes in over a unix socket",
                    "connections, datagrams, binds and options of that socket",
                    "a socket belongs to the cgroup in which it was made",
                    "keep processes that would pass one out of the workload's reach"),
            unseen(
                            OF_DESCRIPTORS,
                            "taken-descriptor",
                            "pidfd_getfd copies a descriptor of another process",
                            "conversations, binds and options of a socket of another cgroup, and an open device",
                            "a descriptor is judged when it is made, and a socket belongs to the cgroup in which it"
                                    + " was made",
                            "run the workload as a user of its own, without CAP_SYS_PTRACE, in a pid namespace")
                    .on("5.6 and newer"),
            unseen(
                    EVERY,
                    "traced-process",
                    "ptrace or a write to /proc/PID/mem makes a process outside of the cgroup, of the same user, do it",
                    "everything that the policy denies; another user's process with CAP_SYS_PTRACE alone",
                    "the policy is the cgroup's",
                    "run the workload as a user of its own, without CAP_SYS_PTRACE, in a pid namespace"),
            unseen(
                    EVERY,
                    "asked-process",
                    "a process outside of the cgroup does it on request: a service on a unix socket (systemd, D-Bus, a"
                            + " container engine), one that runs a file which the workload writes, or the polling thread"
                            + " of an io_uring that it shares",
                    "everything that the policy denies and the other process does",
                    "the policy is the cgroup's",
                    "keep such sockets out of the workload's mounts and network namespace, and share no file that"
                            + " another process runs"),
            Bypass.around(
                    EVERY,
                    "sysctl-helper",
                    "user 0 writes the path of a program to kernel/core_pattern, kernel/modprobe, kernel/hotplug,"
                            + " kernel/poweroff_cmd or fs/ocfs2/nm/hb_ctl_path, and the kernel starts it outside of the"
                            + " cgroup; no capability is needed",
                    "everything that the policy denies",
                    new Judge.SysctlWrites(HELPERS),
                    Remedy.host("mount /proc/sys read-only, or add `" + NO_HELPERS + "`")),
            unseen(
                    EVERY,
                    "file-helper",
                    "another file names a program that the kernel starts outside of the cgroup: release_agent of a"
                            + " cgroup v1 hierarchy, which takes CAP_SYS_ADMIN, /sys/kernel/uevent_helper, or a module"
                            + " parameter, which take user 0",
                    "everything that the policy denies",
                    "the policy is the cgroup's",
                    "take CAP_SYS_ADMIN from the workload, mount /sys read-only and no cgroup v1 hierarchy"),
            unseen(
                    EVERY,
                    "key-helper",
                    "request_key(2) makes the kernel start /sbin/request-key outside of the cgroup, with data of the"
                            + " caller",
                    "what the host's request-key.conf does for it, as DNS queries by key.dns_resolver; no privilege is"
                            + " needed",
                    "the policy is the cgroup's",
                    "refuse request_key(2) by seccomp, as container runtimes do, or install no /sbin/request-key"),
            unseen(
                    OUTGOING,
                    "tunnel-device",
                    "with CAP_NET_ADMIN the process makes a tunnel device with a remote end (vxlan, geneve, gre, ipip, ppp,"
                            + " wireguard) or an IPsec policy, by netlink or ioctl",
                    "packets to a denied address, with what the process sends to an allowed one inside",
                    "the kernel sends the outer packet, and no socket of the cgroup does",
                    "take CAP_NET_ADMIN from the workload"),
            unseen(
                    OUTGOING,
                    "route-ioctl",
                    "with CAP_NET_ADMIN the process adds a route, a neighbour or an address by the ioctls SIOCADDRT,"
                            + " SIOCSARP and SIOCSIFADDR, without an AF_NETLINK socket",
                    "an allowed address by way of another gateway, device or machine",
                    "no hook judges routes",
                    "take CAP_NET_ADMIN from the workload"),
            unseen(
                    EVERY,
                    "leave-cgroup",
                    "the process writes itself into another cgroup.procs, or clones into another cgroup",
                    "everything, from then on; sockets that were made inside stay judged",
                    "the policy is the cgroup's",
                    "let the workload write no cgroup.procs: no root, or a cgroup namespace and a read-only mount"),
            unseen(
                    EVERY,
                    "detached-policy",
                    "with CAP_SYS_ADMIN the process detaches a link of the policy or changes one of its maps by id,"
                            + " or it uses or removes a pin in a bpffs that it can write to",
                    "everything, from then on",
                    "a process that has a descriptor of a link or a map can change it",
                    "take CAP_SYS_ADMIN from the workload and give it no bpffs; `ringwall status --check` finds"
                            + " what is no longer attached"),
            packets(
                            REVERSIBLE,
                            "foreign-program",
                            "another program on the cgroup, or on one above, calls bpf_set_retval(0) after the denial,"
                                    + " or at getsockopt stores 0 to `retval`",
                            "everything that the policy denies",
                            "a program that runs later may take a denial back",
                            "take CAP_BPF and CAP_NET_ADMIN from the workload, and give it no BPF token (a bpffs that"
                                    + " is mounted with `delegate_attachs`); `ringwall apply` refuses to go below such a"
                                    + " program, and `ringwall status --check` finds one that was attached later")
                    .on("5.18 and newer"),
            packets(
                    List.of(Decisions.EGRESS),
                    "later-redirect",
                    "a program that runs after the policy's, as one of a cgroup above, writes another destination",
                    "connections to a denied address",
                    "the policy judges the address that the kernel shows it",
                    "deny the same in `packets egress`, or apply a policy with the denial to the cgroup of the program"
                            + " that redirects"));

    private HostBypasses() {}

    private static Bypass packets(
            List<Block.Target> around, String id, String what, String lets, String reason, String advice) {
        return Bypass.around(around, id, what, lets, EgressBypasses.byPackets(reason), Remedy.host(advice));
    }

    private static Bypass unseen(
            List<Block.Target> around, String id, String what, String lets, String reason, String advice) {
        return Bypass.around(around, id, what, lets, new Judge.Unseen(reason), Remedy.host(advice));
    }
}
