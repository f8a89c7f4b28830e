// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.growth;

import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ringwall.bench.field.Workload;

/** A shape of policies, whose size is the number of its rules or declarations. */
public enum Family {
    /** Each rule compares a port with a param of its own. */
    PARAMS(
            "a port that is a param, and a /24, in each rule",
            List.of(3, 6, 12),
            List.of(6, 12, 20, 40, 80, 300),
            declared(
                    "param p%1$d : port in 1..65535 = %2$d\n",
                    "allow if remote.port == p%1$d and remote.ip in %3$s/24")),
    /** Each range of ports has a live set. */
    LIVE_BY_PORTS(
            "a live set for each range of ports",
            List.of(4, 8, 16),
            List.of(8, 16, 32, 64),
            declared("live set s%1$d : ip max 64\n", "allow if remote.port in %2$d..%4$d and remote.ip in s%1$d")),
    /** Live sets with `and`, `or` and `not`. */
    LIVE_BOOLEAN(
            "live sets under and, or, not",
            List.of(4, 8, 16),
            List.of(5, 10, 20, 40),
            declared(
                    "live set s%1$d : ip max 64\n",
                    "allow if remote.ip in s%1$d and not (remote.port == %2$d or remote.ip in s0)")),
    /** Each prefix has a rate, and prefixes overlap. */
    RATES(
            "rates on overlapping prefixes",
            List.of(4, 8, 16),
            List.of(10, 20, 40, 60),
            declared("rate r%1$d %2$d/s\n", "allow if remote.ip in %5$s within r%1$d")),
    /** Each rule has a counter. */
    COUNTERS(
            "a counter in each rule",
            List.of(15, 30, 60),
            List.of(30, 60, 120, 1_000),
            declared("counter c%1$d { n: attempts }\n", "allow if remote.port == %2$d { count c%1$d }")),
    /** Rules that count and do not decide, on boxes of prefix and ports. */
    COUNTED_BOXES(
            "when … { count } over boxes of prefix and ports",
            List.of(10, 20, 40),
            List.of(30, 60, 120, 300),
            size -> "counter all { n: attempts }\n"
                    + block(
                            "egress",
                            size,
                            "when remote.ip in %5$s and remote.port in %2$d..%4$d { count all }",
                            "allow")),
    /** Each rule has a record. */
    LOGS(
            "a record in each rule",
            List.of(25, 50, 100),
            List.of(100, 300, 1_000),
            size -> block("egress", size, "deny if remote.port == %2$d { log because \"reason %1$d\" }", "allow")),
    /** Options of connections by boxes. */
    OPTION_BOXES(
            "setsockopt in on sock_ops, for boxes",
            List.of(10, 20, 40),
            List.of(25, 50, 100, 300),
            size -> "on sock_ops {\n"
                    + lines(
                            size,
                            "when active_established and remote.ip in %5$s and remote.port in %2$d..%4$d"
                                    + " { setsockopt TCP_USER_TIMEOUT = %2$d }")
                    + "}\n"),
    /** Globs with `*` in the middle. */
    GLOBS(
            "globs with a * in the middle",
            List.of(6, 12, 24),
            List.of(12, 24, 30, 100, 300),
            size -> block("sysctl", size, "allow if read and name glob \"net/ipv4/a%1$d*b%1$d\"", "deny")),
    /** Globs with two runs of any text. */
    RUN_GLOBS(
            "globs with ** at three places",
            List.of(1, 2, 4),
            List.of(2, 4, 6, 12, 60),
            size -> block("sysctl", size, "allow if read and name glob \"**x%1$d**y%1$d**\"", "deny")),
    /** Boxes over five fields of a packet. */
    FIVE_FIELDS(
            "boxes over five fields of packets",
            List.of(10, 20, 40),
            List.of(20, 60, 100, 300),
            size -> block(
                    "packets egress",
                    size,
                    "allow if proto == tcp and remote.ip in %5$s and local.ip in %3$s/24 and remote.port in %2$d..%4$d"
                            + " and local.port in 1024..%2$d",
                    "deny")),
    /** A task's name with a port. */
    TASKS(
            "the name of a task and a port",
            List.of(15, 30, 60),
            List.of(30, 100, 300, 1_000),
            size -> block("egress", size, "allow if comm == \"task%1$d\" and remote.port == %2$d", "deny")),
    /** An address with twenty ports. */
    ADDRESS_PORTS(
            "an address and twenty ports",
            List.of(50, 100, 200),
            List.of(100, 300, 1_000, 3_000),
            size -> block(
                    "egress", size, "allow if remote.ip == %3$s and remote.port in { " + twentyPorts() + " }", "deny")),
    /** IPv4 prefixes. */
    PREFIXES4("IPv4 prefixes", List.of(100, 200, 400), List.of(1_000, 10_000, 100_000), list(Workload.PREFIXES4)),
    /** IPv6 prefixes. */
    PREFIXES6("IPv6 prefixes", List.of(100, 200, 400), List.of(1_000, 10_000, 100_000), list(Workload.PREFIXES6)),
    /** Single addresses. */
    ADDRESSES("single addresses", List.of(100, 200, 400), List.of(1_000, 10_000, 100_000), list(Workload.ADDRESSES)),
    /** Rules that alternate between verdicts, on address, port and protocol. */
    TUPLES(
            "address × port × protocol",
            List.of(100, 200, 400),
            List.of(1_000, 3_000, 10_000),
            list(Workload.DISTINCT_PORTS));

    /** Coprime to the sizes of the spaces that they step through, so that parts differ. */
    private static final int PORT_STEP = 7;

    private static final int ADDRESS_STEP = 40_503;
    private static final int FIRST_PORT = 2_000;
    private static final int PORTS = 60_000;

    private final String meaning;
    private final List<Integer> quick;
    private final List<Integer> full;
    private final IntFunction<String> rules;

    Family(String meaning, List<Integer> quick, List<Integer> full, IntFunction<String> rules) {
        this.meaning = meaning;
        this.quick = quick;
        this.full = full;
        this.rules = rules;
    }

    /** Returns its name in tables, such as {@code live-by-ports}. */
    public String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns a short description. */
    public String meaning() {
        return meaning;
    }

    /** Returns three sizes, each twice the one before, that compile in a second today. */
    public List<Integer> quick() {
        return quick;
    }

    /** Returns the sizes of a curve. The largest ones may be beyond what the compiler can do. */
    public List<Integer> full() {
        return full;
    }

    /** Returns the policy of a size. */
    public String policy(int size) {
        String text = rules.apply(size);
        return text.startsWith("policy ") ? text : "policy growth\n" + text;
    }

    private static IntFunction<String> list(Workload workload) {
        return size -> workload.rules(size).policy();
    }

    private static IntFunction<String> declared(String declaration, String rule) {
        return size -> IntStream.range(0, size)
                        .mapToObj(index -> part(declaration, index))
                        .collect(Collectors.joining())
                + block("egress", size, rule, "deny");
    }

    private static String block(String head, int size, String rule, String otherwise) {
        return head + " {\n" + lines(size, rule) + "  default " + otherwise + "\n}\n";
    }

    private static String lines(int size, String rule) {
        return IntStream.range(0, size)
                .mapToObj(index -> "  " + part(rule, index) + "\n")
                .collect(Collectors.joining());
    }

    /**
     * Returns a part with its values: 1 its index, 2 a port of its own, 3 an address whose last
     * byte is 0, 4 the last port of a range that begins with 2, 5 a prefix of 8 to 24 bits.
     */
    private static String part(String text, int index) {
        int port = FIRST_PORT + index * PORT_STEP % PORTS;
        int block = (1 + index) * ADDRESS_STEP & 0xffff;
        String address = "10." + (block >> 8) + '.' + (block & 0xff) + ".0";
        int length = 8 + index * 5 % 17;
        int network = block << 8 & -1 << 32 - length & 0xffffff;
        String prefix = "10." + (network >> 16) + '.' + (network >> 8 & 0xff) + '.' + (network & 0xff) + '/' + length;
        return String.format(Locale.ROOT, text, index, port, address, port + 40, prefix);
    }

    private static String twentyPorts() {
        return IntStream.range(0, 20)
                .mapToObj(port -> String.valueOf(8_000 + 11 * port))
                .collect(Collectors.joining(", "));
    }
}
