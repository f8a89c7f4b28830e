// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bypass;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.compiler.bypass.Bypass;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Intent;

/** The policies under which each bypass is tried. */
public final class BypassPolicies {
    private static final String NO_LOOPBACK =
            "deny if remote.ip in { 127.0.0.0/8, ::1 } except { 127.0.0.9 }; default allow";

    /**
     * Policies that deny the control case, so that a process which gets through has bypassed them.
     */
    private static final Map<Intent, List<String>> POLICIES = Map.of(
            Intent.EGRESS,
            List.of(
                    "egress { " + NO_LOOPBACK + " }",
                    "egress { allow if remote.ip in { 127.0.0.9, 2001:db8::d247 }; default deny }",
                    "egress { " + NO_LOOPBACK + " }\npackets egress { " + NO_LOOPBACK + " }"),
            Intent.BIND,
            List.of(
                    "bind { deny if local.port in 1..65535; default allow }",
                    "bind { allow if local.port == 4661; default deny }"),
            Intent.SOCKETS,
            List.of("sockets { deny if proto in { tcp, udp }; default allow }", "sockets { default deny }"),
            Intent.DEVICES,
            List.of("devices { deny if dev in { char 1:5, block 240:* }; default allow }", "devices { default deny }"),
            Intent.SYSCTL,
            List.of("sysctl { deny if name == \"kernel/hostname\"; default allow }", "sysctl { default deny }"),
            Intent.SOCKOPT,
            List.of(
                    "sockopt { deny if option in { SO_PRIORITY, SO_MARK, IP_TOS, IP_TTL }; default allow }",
                    "sockopt { default deny }"),
            Intent.PACKETS_INGRESS,
            List.of(
                    "packets ingress { " + NO_LOOPBACK + " }",
                    "packets ingress { allow if remote.ip == 127.0.0.9; default deny }"),
            Intent.PACKETS_EGRESS,
            List.of(
                    "packets egress { " + NO_LOOPBACK + " }",
                    "packets egress { allow if remote.ip == 127.0.0.9; default deny }"));

    private static final String ALLOWED_PATH =
            "allow if path in { \"/mnt/allowed\", \"/mnt/allowed.datagrams\" }; default deny";

    /** Policies that deny the control case at hooks that belong to no intent. */
    private static final Map<String, List<String>> HOOK_POLICIES = Map.of(
            "on connect_unix",
            List.of(
                    unix(
                            "on connect_unix { deny if path in { \"/mnt/denied\", \"/mnt/denied.datagrams\" }; default allow }"),
                    unix(
                            "on connect_unix { allow if path in { \"/mnt/allowed\", \"/mnt/allowed.datagrams\" }; default deny }")),
            "on sendmsg_unix",
            List.of(
                    unix(
                            "on sendmsg_unix { deny if path in { \"/mnt/denied\", \"/mnt/denied.datagrams\" }; default allow }"),
                    unix(
                            "on sendmsg_unix { allow if path in { \"/mnt/allowed\", \"/mnt/allowed.datagrams\" }; default deny }")),
            "on post_bind4",
            List.of(onPostBind(4), onPostBind(4) + "\n" + onPostBind(6)),
            "on post_bind6",
            List.of(onPostBind(6), onPostBind(4) + "\n" + onPostBind(6)));

    /**
     * Policies that deny the same by path at both hooks of Unix sockets, by lists of both kinds.
     */
    private static final Map<String, List<String>> UNIX_POLICIES = Map.of(
            "other-path",
            List.of(
                    onUnix("deny if path in { \"/mnt/denied\", \"/mnt/denied.datagrams\" }; default allow"),
                    onUnix(ALLOWED_PATH)),
            "mounted-path",
            List.of(
                    onUnix("deny if path in { \"/mnt/denied\", \"/mnt/denied.datagrams\" }; default allow"),
                    onUnix(ALLOWED_PATH),
                    onUnix("default deny")));

    /** Policies for bypasses that bypass only them. */
    private static final Map<String, List<String>> ODD_POLICIES = Map.of(
            "dual-stack-bind",
            List.of(
                    "bind { deny if local.ip == 0.0.0.0 and local.port == 4660; default allow }",
                    "bind { deny if local.ip in { 0.0.0.0, :: } and local.port == 4660; default allow }"),
            "wildcard-bind",
            List.of(
                    "bind { deny if local.ip == 127.0.0.1 and local.port == 4660; default allow }",
                    "bind { deny if local.port == 4660; default allow }"),
            "tunnel-device",
            List.of("egress { allow if remote.ip == 198.51.100.9; default deny }\n"
                    + "packets egress { allow if remote.ip == 198.51.100.9; default deny }"),
            "forged-source",
            List.of(
                    forged("deny if remote.ip in away; default allow"),
                    forged("allow if remote.ip in home; default deny"),
                    forged("deny if remote.ip in away or local.ip in away; default allow"),
                    forged("deny if not local.ip in home; deny if remote.ip in away; default allow")),
            "tunnel-source",
            List.of(
                    "packets ingress { " + NO_LOOPBACK + " }",
                    "packets ingress { allow if remote.ip == 198.51.100.9; default deny }"),
            "v4-over-v6-socket",
            List.of("sockets { deny if family == inet; default allow }", "sockets { default deny }"),
            "device-from-device",
            List.of("devices { deny if dev in { char 136:* }; default allow }"),
            "later-fragment",
            List.of(
                    "packets egress { deny if remote.port == 9; default allow }",
                    "packets egress { deny if remote.ip == 127.0.0.1; default allow }"),
            "twin-option",
            List.of(
                    "sockopt { deny if write and option in { SO_PRIORITY, UDP_CORK, UDP_SEGMENT, IP_FREEBIND, IP_TRANSPARENT,"
                            + " SO_BINDTODEVICE, SO_REUSEADDR, IPV6_CHECKSUM, IPV6_HDRINCL, SO_RCVBUF, SO_SNDBUF, IPV6_DSTOPTS, IP_ADD_MEMBERSHIP };"
                            + " default allow }",
                    "sockopt { allow if read; default deny }"),
            "long-value",
            List.of(
                    "sockopt { deny if write and option == SO_PRIORITY and optval == 6; default allow }",
                    "sockopt { deny if option == SO_PRIORITY; default allow }"));

    /** Policies for bypasses of other settings than kernel/hostname. */
    private static final Map<String, List<String>> SYSCTL_POLICIES = Map.of(
            "sysctl-alias",
            List.of(
                    "sysctl { deny if name == \"net/ipv4/ip_forward\"; default allow }",
                    "sysctl { deny if name == \"net/ipv6/conf/lo/forwarding\"; default allow }",
                    "sysctl { default deny }"),
            "binfmt-misc",
            List.of("sysctl { deny if name prefix \"fs/binfmt_misc/\"; default allow }", "sysctl { default deny }"),
            "other-files",
            List.of("sysctl { deny if name == \"kernel/panic\"; default allow }", "sysctl { default deny }"));

    /** Policies for bypasses by source addresses and by raw sockets. */
    private static final Map<String, List<String>> SOURCE_POLICIES = Map.of(
            "connect-unbound",
            List.of(
                    "bind { deny if local.port in 1..65535; default allow }",
                    "bind { allow if local.port == 4661; default deny }",
                    "bind { deny if local.port in 1..65535; default allow }\n"
                            + "packets egress { deny if local.port in 1..65535; default allow }"),
            "translated-port",
            List.of(
                    "bind { deny if local.ip == 127.0.0.77; default allow }",
                    "bind { allow if local.ip == 127.0.0.1; default deny }"),
            "chosen-source",
            List.of(
                    "bind { deny if local.ip == 127.0.0.77; default allow }",
                    "bind { allow if local.ip == 127.0.0.1; default deny }",
                    "bind { deny if local.ip == 127.0.0.77; default allow }\n"
                            + "packets egress { deny if local.ip == 127.0.0.77; default allow }"),
            "raw-source",
            List.of(
                    "bind { deny if local.ip == 127.0.0.77; default allow }",
                    "bind { allow if local.ip == 127.0.0.1; default deny }",
                    "bind { deny if local.ip == 127.0.0.77; default allow }\n"
                            + "packets egress { deny if local.ip == 127.0.0.77; default allow }"),
            "raw-any-protocol",
            List.of(
                    "sockets { allow if type == raw and proto == icmp; default deny }",
                    "sockets { deny if proto in { tcp, udp }; default allow }",
                    "sockets { allow if type == raw and proto == icmp; default deny }\n"
                            + "packets egress { allow if proto == icmp; default deny }",
                    "sockets { deny if type == raw; default allow }"),
            "raw-protocol-header",
            List.of(
                    "sockopt { deny if write and option == IP_HDRINCL; default allow }",
                    "sockopt { allow if read; default deny }"),
            "smc-protocol",
            List.of("sockets { deny if proto == tcp; default allow }", "sockets { default deny }"));

    /** Policies for datagrams to the broadcast address of the loopback network. */
    private static final Map<String, List<String>> BROADCAST_POLICIES = Map.of(
            "multicast-packet:v6",
            List.of(
                    "packets egress { allow if remote.ip == 127.0.0.9; default deny } egress { deny if remote.ip in { 224.0.0.0/4 }; default allow }",
                    "packets egress { deny if remote.ip in { ff00::/8 }; default allow }"),
            "network-broadcast",
            List.of("egress { deny if remote.ip == 127.0.0.1; default allow }"),
            "network-broadcast-packet",
            List.of("packets egress { deny if remote.ip == 127.0.0.1; default allow }"));

    private static final String TWO_PAIRS =
            "allow if remote.ip in { 127.0.0.9, 2001:db8:1::1 } and remote.port == 4661;"
                    + " allow if remote.ip in { 127.0.0.8, 2001:db8:2::2 } and remote.port == 4662; default deny";

    /** Policies for destinations that change after the hook. */
    private static final Map<String, List<String>> SEND_POLICIES = Map.of(
            "network-broadcast-packet:copy",
            List.of(
                    "packets egress { allow if remote.ip == 127.0.0.9; default deny }",
                    "packets egress { deny if remote.ip == 10.9.0.255; default allow }"),
            "later-translation",
            List.of("egress { allow if remote.ip == 10.9.0.2; default deny }\n"
                    + "packets egress { allow if remote.ip == 10.9.0.2; default deny }"),
            "torn-destination",
            List.of(
                    "egress { " + TWO_PAIRS + " }",
                    "egress { " + TWO_PAIRS + " }\npackets egress { deny if proto == tcp; default allow }",
                    "egress { " + TWO_PAIRS + " }\nsockets { deny if type == dgram; default allow }"));

    /** The word in the names of drivers that send copies to receivers in the same namespace. */
    static final String COPY = "copy";

    private static final String NO_GROUPS =
            "deny if remote.ip in { 224.0.0.0/4, 255.255.255.255, 10.9.0.255 }; default allow";

    /** Policies that deny the destinations of local copies, to the block's own packets. */
    private static final Map<String, List<String>> COPIES = Map.of(
            Intent.EGRESS.text(),
            List.of(
                    "egress { allow if remote.ip == 127.0.0.9; default deny }",
                    "egress { " + NO_GROUPS + " }\npackets egress { " + NO_GROUPS + " }"),
            Intent.PACKETS_EGRESS.text(),
            List.of(
                    "packets egress { allow if remote.ip == 127.0.0.9; default deny }",
                    "packets egress { " + NO_GROUPS + " }\negress { deny if proto == tcp; default allow }",
                    "packets egress { " + NO_GROUPS + " }\negress { " + NO_GROUPS + " }"));

    /**
     * The policies of all bypasses and drivers that have some of their own, by id; no id has two
     * lists.
     */
    private static final Map<String, List<String>> OWN = Stream.of(
                    UNIX_POLICIES,
                    SEND_POLICIES,
                    ODD_POLICIES,
                    SYSCTL_POLICIES,
                    SOURCE_POLICIES,
                    BROADCAST_POLICIES,
                    DevicePolicies.OF_BYPASSES)
            .flatMap(policies -> policies.entrySet().stream())
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private BypassPolicies() {}

    /** Compiles all of these, and those that close bypasses, for guests that read the results. */
    public static void compileAll() {
        CoveredPolicy.compileAll();
    }

    /** Returns the policies for a block that deny the control case. */
    static List<String> usual(Block.Target block) {
        return block instanceof Block.Target.OfIntent one
                ? POLICIES.getOrDefault(one.intent(), List.of())
                : HOOK_POLICIES.getOrDefault(block.text(), List.of());
    }

    /**
     * Returns the policies for a bypass of a block, as this driver performs it. A driver of local
     * copies needs policies that deny groups.
     */
    static List<String> of(Bypass bypass, Block.Target block, String driver) {
        if (driver.contains(COPY) && !OWN.containsKey(driver)) {
            return COPIES.getOrDefault(block.text(), usual(block));
        }
        return OWN.getOrDefault(driver, OWN.getOrDefault(bypass.id(), usual(block)));
    }

    private static String onUnix(String rules) {
        return unix("on connect_unix { " + rules + " }\non sendmsg_unix { " + rules + " }");
    }

    private static String onPostBind(int family) {
        return "on post_bind" + family + " { deny if local.port in 1..65535; default allow }";
    }

    private static String unix(String block) {
        return "requires kernel 6.7\n" + block;
    }

    /**
     * Returns a policy that denies the addresses to which answers to forged sources go, with these
     * rules about packets.
     */
    private static String forged(String packets) {
        return "set away = { 2001:db8::7, 198.51.100.7 }\nset home = { ::1, 10.9.0.1 }\n"
                + "egress { deny if remote.ip in away; default allow }\npackets egress { " + packets + " }";
    }
}
