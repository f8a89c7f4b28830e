// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;

/** Allowed remote ports, with all others denied. */
public record PortRules(List<Integer> ports) implements RuleList {
    public PortRules {
        ports = List.copyOf(ports);
    }

    /** Returns this many ports, including 443 and 8443. */
    public static PortRules drawn(int size, SplittableRandom random) {
        TreeSet<Integer> ports = new TreeSet<>(List.of(443, 8443));
        while (ports.size() < size) {
            ports.add(random.nextInt(1, 1 << 16));
        }
        return new PortRules(List.copyOf(ports));
    }

    @Override
    public Hook hook() {
        return Hook.CONNECT4;
    }

    @Override
    public int size() {
        return ports.size();
    }

    @Override
    public String policy() {
        String list = ports.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return "policy ports\n\non connect4 {\n  allow if remote.port in { " + list + " }\n  default deny\n}\n";
    }

    @Override
    public String header() {
        return ports.stream().map(port -> "PORT(" + port + ")\n").collect(Collectors.joining());
    }

    @Override
    public boolean allows(Key key) {
        return names(key);
    }

    @Override
    public boolean names(Key key) {
        return key instanceof Key.Connect connect && ports.contains(connect.port());
    }

    @Override
    public Key draw(boolean hit, SplittableRandom random) {
        int port = hit ? ports.get(random.nextInt(ports.size())) : random.nextInt(1, 1 << 16);
        return new Key.Connect(false, Address.anyV4(random), port);
    }
}
