// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import org.ringwall.compiler.policy.Intent;

/**
 * The bypasses by address translation that the host or the network performs for every process,
 * without a privilege of the workload. A packet leaves the hooks of `packets egress` after the
 * chains output and postrouting of its own network namespace (ip_finish_output), and reaches those
 * of `packets ingress` after the translation of replies and sources.
 */
final class TranslationBypasses {
    static final List<Bypass> BYPASSES = List.of(
            Bypass.of(
                    List.of(Intent.EGRESS),
                    "translated-destination",
                    "NAT rules of the host in the workload's own network namespace (dnat, redirect, a load balancer) give a"
                            + " packet to an allowed address another destination",
                    "packets to a denied address or port that an allowed one is translated to",
                    EgressBypasses.byPackets("the packet is translated after the address hooks"),
                    Remedy.host("deny the same in `packets egress`, which sees translated destinations, or allow"
                            + " no address that the host translates")),
            Bypass.of(
                    List.of(Intent.EGRESS, Intent.PACKETS_EGRESS),
                    "later-translation",
                    "NAT outside of the workload's network namespace gives a packet another destination: that of the host for"
                            + " a container (ClusterIPs, published ports), of a router, NAT64 (64:ff9b::/96), or of a process"
                            + " such as slirp4netns or pasta",
                    "packets to a denied address that an allowed one is translated to",
                    new Judge.Unseen("the packet is translated after the last hook"),
                    Remedy.host("allow no address that is translated: deny ClusterIPs, published addresses,"
                            + " 64:ff9b::/96 and the gateway of slirp4netns or pasta as well, or filter after the"
                            + " translation, in the chain forward of the host's firewall")),
            Bypass.of(
                    List.of(Intent.PACKETS_INGRESS),
                    "translated-source",
                    "NAT or a proxy of the host (masquerade, docker-proxy) gives what a denied address sends the source of an"
                            + " allowed one",
                    "packets of a denied address",
                    new Judge.Unseen("the packet is translated before the hook"),
                    Remedy.host(
                            "filter what comes in before the translation, in the chain prerouting of the host's firewall")),
            Bypass.of(
                    List.of(Intent.BIND),
                    "translated-port",
                    "NAT rules of the host (redirect, dnat, a published port) give what arrives at a denied address or port"
                            + " to an allowed one",
                    "conversations at a denied address or port",
                    new Judge.Unseen("the hooks of bind see the socket's own address and port"),
                    Remedy.host("deny the ports to which the host redirects as well")));

    private TranslationBypasses() {}
}
