package org.ringwall.compiler.coverage;

import static org.ringwall.bpf.kernel.Hook.SETSOCKOPT;
import static org.ringwall.compiler.coverage.Closing.CONSTRUCTION;
import static org.ringwall.compiler.coverage.Judge.asked;

import java.util.List;
import org.ringwall.compiler.policy.Intent;

/** Ways to an option of a socket without `sockopt` having its say. */
final class SockoptWays {
    private static final List<Intent> SOCKOPT = List.of(Intent.SOCKOPT);

    static final List<Way> WAYS = List.of(
            judged(
                            "uring-option",
                            "io_uring sets an option without a setsockopt call",
                            "a denied option",
                            asked(SETSOCKOPT))
                    .on("6.7 and newer"),
            judged(
                    "other-family-option",
                    "an option of an AF_UNIX, AF_NETLINK or AF_PACKET socket is set",
                    "a denied option",
                    asked(SETSOCKOPT)),
            Way.of(
                    SOCKOPT,
                    "long-value",
                    "another thread changes a value of more than 4,096 bytes after the decision; the kernel reads it again",
                    "a denied value of an option",
                    new Judge.LongValue(),
                    new Closing.ByPolicy("sockopt { deny if write and optlen == 4096; default allow }")),
            unseen(
                            "compat-option",
                            "a 32-bit call (int 0x80) sets or reads the option; 64-bit programs can make it too",
                            "every denied option",
                            "in compat mode the kernel leaves the programs out",
                            "refuse calls of other architectures by seccomp")
                    .on("x86-64 with CONFIG_IA32_EMULATION, and others with 32-bit calls"),
            unseen(
                            "peer-pidfd",
                            "getsockopt of SO_PEERPIDFD on an AF_UNIX socket",
                            "a descriptor of the peer's process",
                            "the protocol exempts the option (bpf_bypass_getsockopt)",
                            "refuse the option by seccomp, which sees its number")
                    .on("6.5 and newer"),
            unseen(
                            "sctp-option",
                            "getsockopt of SCTP_SOCKOPT_CONNECTX3, SCTP_SOCKOPT_PEELOFF or SCTP_SOCKOPT_PEELOFF_FLAGS",
                            "an association that is made by reading an option, or a descriptor of one",
                            "the protocol exempts the options (bpf_bypass_getsockopt)",
                            "deny SCTP sockets: `sockets { deny if proto == sctp; default allow }`")
                    .on("with the module sctp"),
            unseen(
                    "control-message",
                    "a control message of sendmsg sets a mark, a priority, a TTL or a class for one packet",
                    "what SO_MARK, SO_PRIORITY, IP_TTL, IP_TOS and IPV6_TCLASS set",
                    "no option of the socket is set",
                    "take CAP_NET_ADMIN and CAP_NET_RAW from the workload; overwrite TTL and class in the host's firewall"),
            unseen(
                    "denied-answer",
                    "getsockopt is denied, and the caller looks into its buffer",
                    "the value of a denied option",
                    "getsockopt is asked after the kernel has answered",
                    "refuse getsockopt by seccomp; the denial does not keep a secret"),
            unseen(
                    "inherited-option",
                    "accept gives a socket the options that its listener had before the policy",
                    "a denied option that was set before",
                    "accept asks no hook",
                    "apply the policy before the workload starts; `ringwall run` does"),
            unseen(
                    "bpf-option",
                    "another program on the cgroup calls bpf_setsockopt",
                    "a denied option",
                    "the helper asks no hook",
                    "take CAP_BPF and CAP_NET_ADMIN from the workload"));

    private SockoptWays() {}

    private static Way judged(String id, String what, String lets, Judge judge) {
        return Way.of(SOCKOPT, id, what, lets, judge, CONSTRUCTION);
    }

    private static Way unseen(String id, String what, String lets, String reason, String advice) {
        return Way.of(SOCKOPT, id, what, lets, new Judge.Unseen(reason), new Closing.Elsewhere(advice));
    }
}
