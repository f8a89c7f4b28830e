// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;

/**
 * Packets to `denied` prefixes are dropped, except those to `allowed` ones, as with systemd's
 * IPAddressDeny= and IPAddressAllow=.
 */
public record PacketRules(List<Prefix> denied, List<Prefix> allowed) implements RuleList {
    public PacketRules {
        denied = List.copyOf(denied);
        allowed = List.copyOf(allowed);
    }

    /**
     * Returns two denied prefixes and one allowed prefix of the loopback network, so that no packet
     * leaves the machine.
     */
    public static PacketRules ofLoopback() {
        return new PacketRules(List.of(net(127, 1, 0, 16), net(127, 2, 0, 16)), List.of(net(127, 1, 5, 24)));
    }

    private static Prefix net(int a, int b, int c, int length) {
        return Prefix.of(Address.v4((long) a << 24 | b << 16 | c << 8), length);
    }

    @Override
    public Hook hook() {
        return Hook.SKB_EGRESS;
    }

    @Override
    public int size() {
        return denied.size() + allowed.size();
    }

    @Override
    public String policy() {
        return "policy packets\n\npackets egress {\n  allow if remote.ip in { " + list(allowed)
                + " }\n  deny if remote.ip in { " + list(denied) + " }\n  default allow\n}\n";
    }

    private static String list(List<Prefix> prefixes) {
        return prefixes.stream().map(Prefix::toString).collect(Collectors.joining(", "));
    }

    /** Returns `ALLOW(network, length)`, then `DENY(network, length)`. */
    @Override
    public String header() {
        return macros("ALLOW", allowed) + macros("DENY", denied);
    }

    private static String macros(String macro, List<Prefix> prefixes) {
        return prefixes.stream()
                .map(prefix -> macro + "(0x" + Long.toHexString(prefix.base().low()) + "u, " + prefix.length() + ")\n")
                .collect(Collectors.joining());
    }

    @Override
    public boolean allows(Key key) {
        return key instanceof Key.Send send
                && (allowed.stream().anyMatch(prefix -> prefix.contains(send.address()))
                        || denied.stream().noneMatch(prefix -> prefix.contains(send.address())));
    }

    @Override
    public boolean names(Key key) {
        return !allows(key);
    }

    @Override
    public Key draw(boolean hit, SplittableRandom random) {
        List<Prefix> from = hit ? denied : random.nextBoolean() ? allowed : List.of(net(127, 0, 0, 8));
        Prefix prefix = from.get(random.nextInt(from.size()));
        return new Key.Send(prefix.base().within(prefix.length(), random), random.nextInt(1024, 1 << 16));
    }
}
