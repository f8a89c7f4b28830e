// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A generator of policies with many rules of the same shapes, such as a live set for each range of
 * ports: the shapes for which the compiler combines rules in other ways than as one diagram. Rules
 * of one or two shapes alternate in one block; not rules that depend on params, live sets or rates
 * with rules without a verdict, of which few fit into a program (docs/limits.md).
 */
public final class ShapeGenerator {
    private static final int MOST_RULES = 300;

    /** The maximum number of rules of two shapes that depend on different live sets or params. */
    private static final int MOST_DEPENDENT = 40;

    /** Ranges overlap, so that requests match several rules. */
    private static final int PORTS = 2_000;

    private static final List<Shape> EGRESS = List.of(
            new Shape(
                    300,
                    "param p%1$d : port in 1..65535 = %2$d\n",
                    "%8$s if remote.port == p%1$d and remote.ip in %5$s"),
            new Shape(64, "live set s%1$d : ip max 4096\n", "%8$s if remote.port in %2$d..%4$d and remote.ip in s%1$d"),
            new Shape(
                    40,
                    "live set b%1$d : ip max 4096\n",
                    "%8$s if remote.ip in b%1$d and not (remote.port == %2$d or remote.ip in b0)"),
            new Shape(40, "live set n%1$d : net max 4096\n", "%8$s if remote.ip in n%1$d or remote.port == %2$d"),
            new Shape(50, "rate r%1$d %2$d/s\n", "allow if remote.ip in %5$s within r%1$d"),
            new Shape(300, "counter c%1$d { n: attempts }\n", "%8$s if remote.port == %2$d { count c%1$d }"),
            new Shape(
                    10,
                    "counter k%1$d [remote.port] { n: attempts, at: time } max 64\n",
                    "when remote.ip in %5$s { count k%1$d }"),
            new Shape(100, "", "when remote.ip in %5$s and remote.port in %2$d..%4$d { count all }"),
            new Shape(100, "", "%8$s if remote.port == %2$d { log because \"reason %1$d\" }"),
            new Shape(300, "", "%8$s if comm == \"task%6$d\" and remote.port == %2$d"),
            new Shape(200, "", "%8$s if remote.ip == %3$s and remote.port in { %2$d, %4$d, %7$d, 8011, 8022, 8033 }"),
            new Shape(300, "", "%8$s if remote.ip in %5$s"),
            new Shape(300, "", "%8$s if remote.ip in 2001:db8:%6$x::/48 and remote.port in %2$d..%4$d"),
            new Shape(300, "", "%8$s if remote.ip in { 2001:db8::%6$x, %3$s }"),
            new Shape(
                    100,
                    "",
                    "%8$s if remote.ip in %5$s and remote.port in %2$d..%4$d and uid in %6$d..%7$d"
                            + " and gid in 0..%7$d and proto == tcp"),
            new Shape(300, "", "%8$s if remote.ip == %3$s and remote.port == %2$d and proto == udp"));

    private static final List<Shape> SYSCTL = List.of(
            new Shape(100, "", "%8$s if read and name glob \"net/ipv4/a%1$d*b%1$d\""),
            new Shape(20, "", "%8$s if read and name glob \"**x%1$d**y%1$d**\""),
            new Shape(300, "", "%8$s if write and name prefix \"net/ipv4/conf/eth%6$d/\""),
            new Shape(300, "", "%8$s if name == \"kernel/name%6$d\" and uid == %7$d"),
            new Shape(10, "", "%8$s if write and new_value == \"%6$d\" and name suffix \"_%7$d\""));

    private static final List<Shape> PACKETS = List.of(
            new Shape(
                    100,
                    "",
                    "%8$s if proto == tcp and remote.ip in %5$s and local.ip in %5$s"
                            + " and remote.port in %2$d..%4$d and local.port in 1..%4$d"),
            new Shape(
                    60,
                    "counter c%1$d { n: packets, b: bytes }\n",
                    "when remote.ip in %5$s and len > %6$d { count c%1$d }"));

    private static final List<Shape> CONNECTIONS = List.of(new Shape(
            100,
            "",
            "when active_established and remote.ip in %5$s and remote.port in %2$d..%4$d"
                    + " { setsockopt TCP_USER_TIMEOUT = %2$d }"));

    private static final List<Shape> UNIX = List.of(
            new Shape(300, "", "%8$s if path == \"/run/app%6$d/socket\" and uid in 0..%7$d"),
            new Shape(100, "", "%8$s if path glob \"/run/*/s%6$d*.sock\""));

    private static final List<Where> BLOCKS = List.of(
            new Where("egress", true, EGRESS),
            new Where("egress", true, EGRESS),
            new Where("egress", true, EGRESS),
            new Where("sysctl", true, SYSCTL),
            new Where("packets egress", true, PACKETS),
            new Where("on sock_ops", false, CONNECTIONS),
            new Where("on connect_unix", true, UNIX));

    private final RandomChoices choices;

    private ShapeGenerator(RandomChoices choices) {
        this.choices = choices;
    }

    /**
     * A shape of rules.
     *
     * @param most the maximum number of rules
     * @param declaration what each rule needs, or ""
     * @param rule the rule. Values: 1 its number, 2 a port, 3 an IPv4 address, 4 a port from 2 on,
     *     5 an IPv4 prefix, 6 a number below 1,000, 7 a number from 6 on, 8 a verdict
     */
    private record Shape(int most, String declaration, String rule) {
        /** Returns whether the rules depend on params, live sets or rates. */
        boolean depends() {
            return declaration.startsWith("param") || declaration.startsWith("live") || declaration.startsWith("rate");
        }

        /** Returns whether the rules have no verdict. */
        boolean onlyCounts() {
            return rule.startsWith("when");
        }
    }

    /** A block and the shapes of its rules. */
    private record Where(String head, boolean decides, List<Shape> shapes) {}

    /** Returns the text of the policy for a seed. */
    public static String text(long seed) {
        return new ShapeGenerator(new RandomChoices(seed)).text();
    }

    private String text() {
        Where where = choices.oneOf(BLOCKS);
        List<Shape> shapes = choices.several(1, 2, () -> choices.oneOf(where.shapes()));
        boolean apart =
                shapes.stream().anyMatch(Shape::depends) && shapes.stream().anyMatch(Shape::onlyCounts);
        List<Shape> distinct =
                shapes.stream().distinct().limit(apart ? 1 : shapes.size()).toList();
        boolean many = distinct.stream().filter(Shape::depends).count() > 1;
        int size = many ? Math.min(size(), MOST_DEPENDENT) : size();
        List<String> rules = new ArrayList<>();
        StringBuilder declarations = new StringBuilder();
        for (int index = 0; index < size; index++) {
            Shape shape = distinct.get(index % distinct.size());
            int number = index / distinct.size();
            if (number < shape.most()) {
                Object[] values = values(number);
                declarations.append(String.format(Locale.ROOT, shape.declaration(), values));
                rules.add("  " + String.format(Locale.ROOT, shape.rule(), values) + "\n");
            }
        }
        String body = rules.stream().collect(Collectors.joining("", where.head() + " {\n", ""));
        String all = body.contains("count all") ? "counter all { n: attempts }\n" : "";
        String floor = where.head().endsWith("unix") ? "requires kernel 6.7\n" : "";
        return "policy shape\n" + floor + all + declarations + body
                + (where.decides() ? "  default " + verdict() + "\n}\n" : "}\n");
    }

    /** Returns a number of rules, as often below 20 as above. */
    private int size() {
        double exponent = choices.below(1_000) / 1_000.0;
        return (int) Math.round(2 * Math.pow(MOST_RULES / 2.0, exponent));
    }

    private Object[] values(int number) {
        int port = 1 + choices.below(PORTS);
        int address = choices.below(1 << 16) << 8 | choices.below(4);
        int length = choices.between(8, 28);
        int network = 10 << 24 | address & -1 << 32 - length;
        int small = choices.below(1_000);
        return new Object[] {
            number,
            port,
            address(10 << 24 | address),
            port + choices.below(400),
            address(network) + "/" + length,
            small,
            small + choices.below(1_000),
            verdict()
        };
    }

    private static String address(int bits) {
        return (bits >>> 24) + "." + (bits >> 16 & 255) + "." + (bits >> 8 & 255) + "." + (bits & 255);
    }

    private String verdict() {
        return choices.chance(50) ? "allow" : "deny";
    }
}
