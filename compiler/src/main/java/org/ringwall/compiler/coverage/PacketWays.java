package org.ringwall.compiler.coverage;

import static org.ringwall.bpf.kernel.Hook.SKB_EGRESS;
import static org.ringwall.compiler.coverage.Closing.CONSTRUCTION;

import java.util.List;
import java.util.Map;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Intent;

/** Ways of a packet into or out of the cgroup without a `packets` block having its say. */
final class PacketWays {
    private static final List<Intent> IN = List.of(Intent.PACKETS_INGRESS);
    private static final List<Intent> OUT = List.of(Intent.PACKETS_EGRESS);
    private static final List<Intent> BOTH = List.of(Intent.PACKETS_INGRESS, Intent.PACKETS_EGRESS);

    static final List<Way> WAYS = List.of(
            judged(
                    BOTH,
                    "earlier-connection",
                    "a socket that was connected before the policy goes on sending and receiving",
                    "packets of a conversation that was there before"),
            judged(
                    BOTH,
                    "answered-connection",
                    "the process listens, and the kernel answers whoever connects",
                    "connections that a denied address began"),
            judged(
                    BOTH,
                    "ping-packet",
                    "a ping socket sends an echo request and takes the reply",
                    "ICMP of a denied address"),
            judged(
                    BOTH,
                    "raw-packet",
                    "a raw socket sends and receives",
                    "packets of any protocol of a denied address"),
            judged(
                    OUT,
                    "header-packet",
                    "a raw socket writes the IP header itself (IP_HDRINCL)",
                    "packets of any protocol to a denied address"),
            judged(
                            OUT,
                            "uring-packet",
                            "io_uring sends a datagram without a sendmsg call",
                            "datagrams to a denied address")
                    .on("5.3 and newer"),
            Way.of(
                    OUT,
                    "later-fragment",
                    "a raw socket sends fragments with an offset, which have no ports",
                    "fragments where a whole packet is denied by its port",
                    new Judge.Twin(
                            packets("send a later fragment", 1, 1), packets("send the same in a whole packet", 0, 0)),
                    new Closing.ByPolicy("packets egress { deny if fragment; default allow }")),
            Way.of(
                    OUT,
                    "last-hop",
                    "a source route or a routing header sends packets to a denied address by way of an allowed one",
                    "packets that the allowed address sends on",
                    new Judge.SourceRouted(),
                    new Closing.ByPolicy(EgressWays.NO_SOURCE_ROUTE)),
            unseen(
                    OUT,
                    "tunnel",
                    "a packet goes out inside another: IP in IP, UDP, ESP or whatever the other end unpacks",
                    "packets that the end of an allowed tunnel sends on",
                    "nothing behind the outer header's protocol is read",
                    "allow no address that forwards what it unpacks; allow no protocols but those needed"),
            unseen(
                    BOTH,
                    "kernel-answer",
                    "the kernel answers by itself, as a reset from a port without a listener",
                    "resets, echo replies and ICMP errors in answer to what came in",
                    "no socket of the cgroup sends or takes these packets",
                    "filter what comes in, in the host's firewall"),
            unseen(
                    IN,
                    "icmp-error",
                    "an ICMP error is reported to a socket as an error of its next call",
                    "the error, and a smaller path MTU, from whoever forges the packet",
                    "an ICMP error is put into no queue of a socket",
                    "filter ICMP in the host's firewall"),
            unseen(
                    BOTH,
                    "forwarded",
                    "the host forwards a packet, as from another network namespace or a TUN device",
                    "packets of any protocol, to and from any address",
                    "no socket of the cgroup sends or takes what is forwarded",
                    "filter what is forwarded, in the host's firewall"));

    private PacketWays() {}

    private static Way judged(List<Intent> around, String id, String what, String lets) {
        return Way.of(around, id, what, lets, new Judge.AskedOwn(), CONSTRUCTION);
    }

    private static Way unseen(List<Intent> around, String id, String what, String lets, String reason, String advice) {
        return Way.of(around, id, what, lets, new Judge.Unseen(reason), new Closing.Elsewhere(advice));
    }

    private static Judge.Twin.Part packets(String text, long fragment, long transport) {
        return new Judge.Twin.Part(
                SKB_EGRESS, Map.of(Variable.PACKET_FRAGMENT, fragment, Variable.PACKET_TRANSPORT, transport), text);
    }
}
