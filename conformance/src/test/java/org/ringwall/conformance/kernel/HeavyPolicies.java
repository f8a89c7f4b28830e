// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Policies with many constructs of one kind and params, on which a verifier that tracks numbers
 * could walk code repeatedly.
 */
final class HeavyPolicies {
    private HeavyPolicies() {}

    /** Returns their texts by title. */
    static Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("rates", rates());
        all.put("a hundred rules that log", logs());
        all.put("a hundred records on the way", records());
        all.put("strings", strings());
        all.put("strings in loops", middles());
        all.put("ends of names after rules with live sets", ends());
        all.put("tables", tables());
        all.put("a hundred comparisons with params", comparisons());
        all.put("params of all types", types());
        all.put("params beside sets", sets());
        all.put("params that are written", written());
        all.put("packets", packets());
        all.put("rules without a verdict at sock_ops", options());
        all.put(
                "rules without a verdict about connections",
                counts("egress", 3, "remote.ip in 10.%1$d.0.0/16", "proto == %1$d"));
        all.put(
                "rules without a verdict about packets",
                counts(
                        "packets egress",
                        13,
                        "local.ip in fc0%1$d::/16",
                        "tcp.syn",
                        "len > %1$d",
                        "fragment",
                        "malformed"));
        all.put(
                "rules without a verdict about options",
                counts("sockopt", 3, "optname in %1$d..%1$d9", "optlen > %1$d"));
        for (String hook : List.of("getsockopt", "setsockopt")) {
            for (int rules : new int[] {8, 32, 64}) {
                all.put("%d lengths at %s".formatted(rules, hook), lengths(hook, rules));
            }
        }
        return all;
    }

    /** Returns `count` lines, each built from its number. */
    private static String lines(int count, IntFunction<String> line) {
        return IntStream.range(0, count)
                .mapToObj(i -> "  " + line.apply(i) + "\n")
                .collect(Collectors.joining());
    }

    private static String rates() {
        return "policy rates\n"
                + "param first : port in 1..65535 = 8080\nparam owner : uid in 0..4294967294 = 1000\n"
                + lines(
                        16,
                        i -> "rate r%d %s%d/s burst %d"
                                .formatted(i, i % 2 == 0 ? "per uid, remote.ip " : "", i + 1, 3 * i + 1))
                + "egress {\n"
                + lines(
                        16,
                        i -> "allow if remote.port in %d..%d and (remote.port >= first or uid == owner) within r%d%s"
                                .formatted(1000 * i, 1000 * i + 2000, i, i % 3 == 0 ? " else deny" : ""))
                + "  default deny { log at most 5/s }\n}\n";
    }

    private static String logs() {
        return "policy logs\nparam first : port in 1..65535 = 8080\negress {\n"
                + lines(
                        100,
                        i ->
                                "%s if remote.ip in 10.%d.0.0/16 and remote.port %s first { log at most %d/s because \"rule %d\" }"
                                        .formatted(i % 2 == 0 ? "deny" : "allow", i, i % 3 == 0 ? "<" : ">=", i + 1, i))
                + "  default deny\n}\n";
    }

    /** One request can match many of the rules. */
    private static String records() {
        return "policy records\nparam first : port in 1..65535 = 8080\n"
                + lines(20, i -> "counter c%d [uid] { tries: attempts, last: time } max 100".formatted(i))
                + "egress {\n"
                + lines(
                        100,
                        i -> "when remote.port in %d..%d { log because \"rule %d\"; count c%d }"
                                .formatted(500 * i, 500 * i + 3000, i, i % 20))
                + "  deny if remote.port == first { log }\n  default allow\n}\n";
    }

    /** Ten fields and two params, and several rules that write the same option. */
    private static String options() {
        List<String> guards = List.of(
                "remote.port == %1$d",
                "local.port in %1$d..%1$d9",
                "remote.ip in 10.%1$d.0.0/16",
                "local.ip in fc0%1$d::/16",
                "tcp.snd_cwnd > %1$d",
                "tcp.mss_cache < %1$d",
                "tcp.srtt_us > slow",
                "family == inet",
                "timeout_init",
                "remote.port >= first",
                "state == %1$d");
        List<String> effects = List.of(
                "reply %1$d",
                "setsockopt SO_RCVBUF = 7%1$d",
                "setsockopt TCP_CONGESTION = \"cc%1$d\"",
                "assign sk_txhash = %1$d",
                "setsockopt IP_TOS = %1$d; reply slow",
                "setsockopt SO_SNDBUF = slow",
                "count seen",
                "log at most %1$d/s");
        return "policy options\nparam first : port in 1..65535 = 8080\nparam slow : int in 0..100000 = 9\n"
                + "counter seen [remote.port] { n: attempts } max 64\non sock_ops {\n"
                + lines(
                        48,
                        i -> "when %s { %s }"
                                .formatted(guards.get(i % guards.size()), effects.get(i * 5 % effects.size()))
                                .formatted(i % 10 + 1))
                + "}\n";
    }

    /**
     * Returns many rules without a verdict that count.
     *
     * @param where the block
     * @param logs every `logs`-th rule also logs
     * @param own the guards of this block, in addition to those on the caller's identity
     */
    private static String counts(String where, int logs, String... own) {
        List<String> guards = new ArrayList<>(List.of(own));
        guards.addAll(List.of("uid == %1$d", "gid < %1$d", "pid > %1$d", "cgroup == %1$d", "ancestor(2) == %1$d"));
        guards.addAll(List.of("comm == \"c%1$d\"", "uid > owner"));
        return "policy counts\nrequires kernel 6.1\nparam owner : uid in 0..4294967294 = 1000\n"
                + lines(
                                8,
                                i -> "counter c%d %s{ n: attempts, at: time } max 64"
                                        .formatted(i, i % 2 == 0 ? "" : "[uid] "))
                        .replaceAll("(\\d \\{.*) max 64", "$1")
                + where
                + " {\n"
                + lines(
                        40,
                        i -> "when %s { count c%d%s }"
                                .formatted(
                                        guards.get(i % guards.size()), i % 8, i % logs == 0 ? "; log at most 9/s" : "")
                                .formatted(i % 9 + 1))
                + "  deny if uid == 7\n  default allow\n}\n";
    }

    private static String strings() {
        return "policy strings\nparam owner : uid in 0..4294967294 = 1000\nsysctl {\n"
                + lines(
                        60,
                        i -> "deny if write and name prefix \"net/ipv4/conf/eth%d/%s\" and uid != owner"
                                .formatted(i, i % 2 == 0 ? "rp_filter" : "forwarding"))
                + lines(20, i -> "deny if name suffix \"_number%d\" and uid == owner".formatted(i))
                + "  default allow\n}\n";
    }

    private static String middles() {
        return "policy middles\nparam owner : uid in 0..4294967294 = 1000\nsysctl {\n"
                + lines(
                        12,
                        i -> "deny if name glob \"net/*/a%d*/*b%d\" and uid %s owner"
                                .formatted(i, i, i % 2 == 0 ? "==" : "!="))
                + "  deny if write and new_value glob \"*x*y*\" and uid > owner\n  default allow\n}\n";
    }

    /** The code keeps the uid of the caller from rule to rule, and needs registers for the name. */
    private static String ends() {
        return "policy ends\nlive set users : uid max 100\n"
                + lines(4, i -> "live set groups%d : gid max 100".formatted(i))
                + "sysctl {\n"
                + lines(4, i -> "allow if uid in %d..%d and gid in groups%d { log }".formatted(10 * i, 10 * i + 50, i))
                + "  deny if uid in users and name glob"
                + " { \"kernel**domain?ame\", \"net/ipv4/conf/defa*_*lter\", \"net/ipv4/ip_?o**\" } { log }\n"
                + "  default allow { log }\n}\n";
    }

    private static String tables() {
        return "policy tables\nparam proxy : port in 1024..65535 = 3128\nparam owner : uid in 0..4294967294 = 1000\n"
                + lines(
                        6,
                        i ->
                                "table t%d [remote.ip, remote.port] within 10.0.0.0/8 : 1024..65535 max 256 choices %d default %s"
                                        .formatted(i, 1 + i * 12, i % 2 == 0 ? "deny" : "10.0.0.1:8080"))
                + "egress {\n  allow if uid == owner\n"
                + lines(
                        6,
                        i -> "redirect t%d if remote.port in %d..%d and proto == tcp"
                                .formatted(i, 100 * i + 1, 100 * i + 60))
                + "  redirect 127.0.0.1:proxy if proto == tcp and remote.port > proxy\n  default allow\n}\n";
    }

    private static String comparisons() {
        return "policy comparisons\n"
                + lines(5, i -> "param p%d : port in %d..65535 = %d".formatted(i, i + 1, 1000 * i + 2000))
                + "egress {\n"
                + lines(
                        100,
                        i -> "%s if remote.port %s p%d and remote.ip in 10.%d.%s"
                                .formatted(
                                        i % 2 == 0 ? "allow" : "deny",
                                        List.of("==", "<", ">=", ">", "!=").get(i % 7 % 5),
                                        i % 5,
                                        i % 50,
                                        i % 3 == 0 ? "1.0/24" : "0.0/16"))
                + "  default deny\n}\n";
    }

    private static String types() {
        return """
                policy types
                requires kernel 6.1
                param port : port in 1..65535 = 443
                param owner : uid in 0..4294967294 = 1000
                param group : gid in 0..4294967294 = 1000
                param most : int in 0..4294967295 = 4096
                param tenant : cgroup in 1..0xffffffffffffffff = 1
                param home : netns in 1..0xffffffffffffffff = 1
                egress {
                  deny if netns != home and uid != owner
                  allow if ancestor(2) == tenant and remote.port == port
                  allow if ancestor(3) == tenant and remote.port > port
                  allow if cgroup == tenant and gid == group
                  deny if pid > most and gid <= group
                  allow if pid < most and remote.port <= port
                  default deny
                }
                devices {
                  deny if pid == most and write
                  deny if uid >= owner and gid < group and dev == "/dev/kmsg"
                  default allow
                }
                """;
    }

    private static String sets() {
        Random random = new Random(1);
        return "policy sets\nparam port : port in 1..65535 = 443\nparam owner : uid in 0..4294967294 = 1000\n"
                + "egress {\n  deny if remote.port == port and remote.ip in {\n"
                + random.ints(5_000)
                        .mapToObj(bits -> "    %d.%d.%d.0/24"
                                .formatted(1 + (bits >>> 24) % 220, bits >> 16 & 255, bits >> 8 & 255))
                        .collect(Collectors.joining(",\n"))
                + "\n  }\n  allow if uid > owner and remote.port in {\n    "
                + IntStream.range(0, 500)
                        .mapToObj(i -> Integer.toString(7 * i + 3))
                        .collect(Collectors.joining(", "))
                + "\n  }\n  deny if remote.port < port and remote.ip in {\n"
                + random.ints(500)
                        .mapToObj(bits -> "    2001:db8:%x:%x::/64".formatted(bits >>> 16, bits & 0xffff))
                        .collect(Collectors.joining(",\n"))
                + "\n  }\n  default deny\n}\n";
    }

    private static String written() {
        return """
                policy written
                requires kernel 6.1
                param inner : port in 1..65535 = 80
                param outer : port in 1..65535 = 8080
                param window : int in 1..4294967295 = 40
                param patience : int in 0..4294967295 = 50
                bind {
                  allow if proto == tcp and local.port == inner { assign local.port = outer }
                  deny if local.port == outer
                  default allow
                }
                on getsockname4 {
                  when proto == tcp and local.port == outer { assign local.port = inner }
                }
                on sock_ops {
                  when rwnd_init and remote.port == outer { reply window }
                  when timeout_init and local.port > inner { reply patience }
                  when active_established and local.port < inner { setsockopt TCP_USER_TIMEOUT = patience }
                  when active_established and remote.port >= outer { setsockopt TCP_WINDOW_CLAMP = window }
                }
                sockopt {
                  allow if option == SO_RCVBUF and write and optval > window { assign optval = window }
                  default allow
                }
                """;
    }

    /** Each path to the effects has a different known length, which the effects test again. */
    private static String lengths(String hook, int rules) {
        return "policy lengths\nparam owner : uid in 0..4294967294 = 1000\nlive set trusted : uid max 64\n"
                + lines(16, i -> "counter c%d [uid, optname] { tries: attempts, last: time } max 100".formatted(i))
                + "on %s {\n".formatted(hook)
                + lines(rules, i -> "allow if optlen == %d { count c%d }".formatted(i, i % 15))
                + "  deny if uid in trusted { log }\n  default deny { count c15 }\n}\n"
                + "on %s {\n".formatted(hook)
                + "  allow if optname == 7\n  allow if uid in trusted or uid == owner { log }\n"
                + "  default allow { count c0; log at most 100/s }\n}\n";
    }

    private static String packets() {
        return """
                policy packets
                param biggest : int in 0..4294967295 = 1280
                param least : int in 0..4294967295 = 20
                param port : port in 1..65535 = 53
                counter dropped [remote.ip, remote.port] { packets: packets, bytes: bytes, last: time } max 4096 lru
                packets egress {
                """
                + lines(
                        30,
                        i ->
                                "deny if proto == %s and len %s %s and remote.port %s port and remote.ip in 10.%d.0.0/16 %s"
                                        .formatted(
                                                i % 2 == 0 ? "udp" : "tcp",
                                                i % 3 == 0 ? ">" : "<",
                                                i % 5 == 0 ? "least" : "biggest",
                                                i % 7 == 0 ? "==" : "<=",
                                                i,
                                                i % 4 == 0 ? "{ log; count dropped }" : "{ count dropped }"))
                + """
                  deny if fragment or malformed
                  allow if tcp.syn and len > least
                  default deny { log at most 10/s; count dropped }
                }
                packets ingress {
                  deny if proto == icmp and icmp.type == 8 and len > biggest
                  default allow { count dropped }
                }
                """;
    }
}
