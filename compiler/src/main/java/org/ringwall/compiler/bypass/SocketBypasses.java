// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import static org.ringwall.bpf.kernel.Hook.SOCK_CREATE;
import static org.ringwall.compiler.bypass.Judge.invokes;
import static org.ringwall.compiler.bypass.Remedy.CONSTRUCTION;

import java.util.List;
import java.util.Map;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Intent;

/**
 * The bypasses of `sockets`: a process gets a socket that the block denies. Most of them are
 * bypasses of the other network blocks too.
 */
final class SocketBypasses {
    private static final List<Intent> SOCKETS = List.of(Intent.SOCKETS);
    private static final List<Intent> FAMILIES =
            List.of(Intent.EGRESS, Intent.BIND, Intent.SOCKETS, Intent.PACKETS_INGRESS, Intent.PACKETS_EGRESS);
    private static final String INET_ALONE = "sock_create runs for AF_INET and AF_INET6 alone";

    static final List<Bypass> BYPASSES = List.of(
            Bypass.of(
                            SOCKETS,
                            "mptcp-socket",
                            "an MPTCP socket is made, whose protocol is 262, not 6",
                            "a TCP socket by another number",
                            invokes(SOCK_CREATE),
                            CONSTRUCTION)
                    .on("5.6 and newer"),
            Bypass.of(
                            SOCKETS,
                            "smc-protocol",
                            "an SMC socket is made by AF_INET and protocol 256 (IPPROTO_SMC), and falls back to TCP",
                            "TCP connections of a caller that may not make a TCP socket",
                            new Judge.Twin(stream(256, "make a socket of IPPROTO_SMC"), stream(6, "make a TCP socket")),
                            Remedy.policy("sockets { deny if type == stream and proto == 256; default allow }"))
                    .on("6.11 and newer, with the module smc"),
            Bypass.of(
                    SOCKETS,
                    "raw-low-byte",
                    "a raw socket is made with one of the protocols 256 to 262, of which the kernel sends the low byte: 262"
                            + " sends TCP",
                    "packets of a denied protocol below 7, with CAP_NET_RAW",
                    invokes(SOCK_CREATE),
                    CONSTRUCTION),
            Bypass.of(
                    SOCKETS,
                    "raw-any-protocol",
                    "a raw socket of an allowed protocol, as ICMP, writes the IP header itself (IP_HDRINCL)",
                    "packets of every protocol, TCP and UDP among them, with CAP_NET_RAW",
                    new Judge.AnyRaw(),
                    Remedy.policy("sockets { deny if type == raw; default allow }")),
            Bypass.of(
                    SOCKETS,
                    "protocol-zero",
                    "a socket is made with protocol 0, which means the usual one",
                    "a socket of a denied protocol",
                    invokes(SOCK_CREATE),
                    CONSTRUCTION),
            Bypass.of(
                            SOCKETS,
                            "uring-socket",
                            "io_uring makes a socket without a socket call",
                            "a denied socket",
                            invokes(SOCK_CREATE),
                            CONSTRUCTION)
                    .on("5.19 and newer"),
            Bypass.of(
                    SOCKETS,
                    "v4-over-v6-socket",
                    "an IPv6 socket talks v4, by v4-mapped addresses",
                    "v4 traffic of who may not make an AF_INET socket",
                    new Judge.Twin(family(AddressFamily.INET6), family(AddressFamily.INET)),
                    Remedy.policy("sockets { deny if family == inet6; default allow }")),
            family(
                    "packet-socket",
                    "an AF_PACKET or AF_XDP socket sends and receives whole frames",
                    "packets of any protocol to any address, past every cgroup hook",
                    "take CAP_NET_RAW from the workload"),
            family(
                    "netlink-socket",
                    "an AF_NETLINK socket changes routes, neighbours, addresses, rules and NAT",
                    "another meaning of an allowed address; with CAP_NET_ADMIN alone",
                    "take CAP_NET_ADMIN from the workload"),
            family(
                            "vsock-socket",
                            "an AF_VSOCK socket talks to the hypervisor or to other machines of the host",
                            "connections to services that listen there",
                            "refuse socket(2) of the family by seccomp")
                    .on("with a vsock transport"),
            family(
                    "unix-socket",
                    "an AF_UNIX socket talks to another process, a proxy among them",
                    "connections that the other process makes for this one",
                    "keep the sockets of such processes out of the workload's mounts and network namespace"),
            family(
                            "other-families",
                            "a socket of AF_SMC, AF_RDS, AF_TIPC, AF_RXRPC, AF_CAN, AF_ALG or another family is made",
                            "whatever the family carries; some make IP sockets inside the kernel",
                            "keep the modules from loading, or refuse socket(2) of other families by seccomp")
                    .on("with the module of the family"),
            Bypass.of(
                    SOCKETS,
                    "kernel-socket",
                    "the kernel makes a socket of its own for a device or a mount, as vxlan with CAP_NET_ADMIN, or NFS, SMB and"
                            + " 9P with CAP_SYS_ADMIN",
                    "what the device or the file system sends and receives by UDP or TCP",
                    new Judge.Unseen("sock_create runs for sockets that a process creates"),
                    Remedy.host("take CAP_NET_ADMIN and CAP_SYS_ADMIN from the workload")),
            Bypass.of(
                    SOCKETS,
                    "accept-socket",
                    "a listening socket that was there before gives sockets by accept",
                    "connected sockets of who may not make any",
                    new Judge.Unseen("accept invokes no hook"),
                    Remedy.host(
                            "pass no listening socket in; `ringwall run` starts a workload without any, unless --inherit-sockets is given")));

    private SocketBypasses() {}

    private static Bypass family(String id, String what, String lets, String advice) {
        return Bypass.of(FAMILIES, id, what, lets, new Judge.Unseen(INET_ALONE), Remedy.host(advice));
    }

    private static Judge.Twin.Part stream(long protocol, String text) {
        return new Judge.Twin.Part(
                SOCK_CREATE,
                Map.of(Variable.TYPE, (long) SocketType.STREAM.number(), Variable.PROTOCOL, protocol),
                text);
    }

    private static Judge.Twin.Part family(AddressFamily family) {
        return new Judge.Twin.Part(
                SOCK_CREATE,
                Map.of(Variable.FAMILY, (long) family.number()),
                "make a socket of family " + (family == AddressFamily.INET ? "inet" : "inet6"));
    }
}
