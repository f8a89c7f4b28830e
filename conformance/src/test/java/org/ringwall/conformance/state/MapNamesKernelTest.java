// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/**
 * A test that bpftool shows the names of all members of the maps of a policy in force, whichever
 * command created them.
 */
@KernelTest
@ToolTest("bpftool")
class MapNamesKernelTest {
    private static final String TEXT = """
            policy named
            answer SO_ORIGINAL_DST

            live set nets   : net max 10
            live set ips    : ip max 10
            live set gates  : port max 10
            live set nodes  : device max 10
            live set people : uid max 10
            live set crowds : gid max 10
            live set lots   : int max 10
            live set places : cgroup max 10
            live set spaces : netns max 10

            table to  [remote.ip, remote.port] within { 127.0.0.0/8 } : 1..65535 max 10 choices 2 default deny
            table far [uid] within { ::1 } : 1..65535 max 10 default [::1]:9

            counter total { tries: attempts, last: time }
            counter usage [uid, remote.ip, comm] { tries: attempts, last: time } max 10
            counter recent [remote.port] { last: time } max 10 lru

            rate all  1000000/s
            rate each per uid, remote.ip 1000000/s max 16

            egress {
              when uid == 0 { log at most 1000/s; count total; count usage; count recent }
              deny if remote.ip in nets or remote.port in gates or remote.ip in ips
              deny if uid in people or gid in crowds or pid in lots or cgroup in places or netns in spaces
              allow if remote.port == 81 within all else deny
              allow if remote.port == 82 within each else deny
              redirect to if remote.ip == 192.0.2.1
              redirect far if remote.ip == 2001:db8::1
              default allow
            }
            devices {
              deny if dev in nodes { log }
              default allow
            }
            packets egress {
              deny if remote.port == 9 and uid == 7
              default allow
            }
            """;

    /**
     * A policy with another number of entries wherever possible, one more rule that logs, and one
     * more counter, so that maps are replaced.
     */
    private static final String LARGER = TEXT.replace("max 10", "max 12")
            .replace("rate all", "counter more [uid] { tries: attempts } max 12\nrate all")
            .replace("egress {", "egress {\n  when uid == 1 { log; count more }");

    private static final List<String> NUMBERS = List.of("people", "crowds", "lots", "places", "spaces");

    private static final Pattern INNER = Pattern.compile("\"inner_map_id\":(\\d+)");

    private static final Pattern QUOTED = Pattern.compile("'([^']*)'");

    private static final String ENTRY = "{since}";

    private static final String END = "{address[], port, pad}";

    private static final String BUCKET = "{lock{val}, pad, full}";

    /**
     * The shape that bpftool prints of each map that it can dump; for a map of maps, that of its
     * inner map.
     */
    private static final Map<String, String> DUMPED = Map.ofEntries(
            Map.entry("control", "{value{.data[{ringwall_control{lo, hi, mode, reserved, monitor_until}}]}}"),
            Map.entry("reason", one("", "{text}")),
            Map.entry("ringwall_handover", one("{client[], server[], netns, client_port, server_port, first}", END)),
            Map.entry("ringwall_lost", perCpu("", "{events, counter_usage}")),
            Map.entry("ringwall_log_limits", one("", "{lock{val}, suppressed, full}")),
            Map.entry("live_nets", one("{prefixlen, address[]}", ENTRY)),
            Map.entry("live_ips", one("{address[]}", ENTRY)),
            Map.entry("live_gates", one("", "{bits}")),
            Map.entry("live_nodes", one("{prefixlen, type, major, minor}", ENTRY)),
            Map.entry("live_people", one("{number}", ENTRY)),
            Map.entry("live_crowds", one("{number}", ENTRY)),
            Map.entry("live_lots", one("{number}", ENTRY)),
            Map.entry("live_places", one("{number}", ENTRY)),
            Map.entry("live_spaces", one("{number}", ENTRY)),
            Map.entry("table_to", one("{remote_ip[], remote_port}", "{count, to[" + END + "]}")),
            Map.entry("table_far", one("{uid}", "{count, to" + END + "}")),
            Map.entry("counter_total", perCpu("", "{tries, last}")),
            Map.entry("counter_usage", perCpu("{uid, remote_ip[], comm}", "{tries, last}")),
            Map.entry("counter4_usage", perCpu("{uid, remote_ip[], comm}", "{tries, last}")),
            Map.entry("counter_recent", perCpu("{remote_port}", "{last}")),
            Map.entry("rate_all", one("", BUCKET)),
            Map.entry(
                    "rate_each",
                    one("", "{lock{val}, pad, time, requests, ways[{key{uid, remote_ip[]}, pad, full}]}")));

    private static final Map<String, String> LARGER_DUMPED = larger();

    /**
     * Members of the values of socket storage, which cannot be dumped; the map still has their
     * type.
     */
    private static final Map<String, List<String>> STORED = Map.of(
            "ringwall_stamps",
            List.of("present", "uid", "gid", "pid", "pad", "cgroup", "netns", "ancestor", "comm"),
            "ringwall_origins",
            List.of("lock", "next", "pair"),
            "ringwall_arrived",
            List.of("address", "port", "pad"));

    /** A ring's map has no types: the types of records are among those of the programs. */
    private static final Map<String, List<String>> RECORDS = Map.of(
            "ringwall_event",
            List.of(
                    "time",
                    "generation",
                    "rule",
                    "hook",
                    "kind",
                    "present",
                    "verdict",
                    "monitored",
                    "errno",
                    "suppressed",
                    "uid",
                    "gid",
                    "pid",
                    "cgroup",
                    "netns",
                    "cookie",
                    "comm",
                    "reserved"),
            "ringwall_event_socket",
            List.of("remote_ip", "local_ip", "remote_port", "local_port", "proto", "family", "type"),
            "ringwall_event_device",
            List.of("type", "access", "major", "minor"));

    @TempDir
    Path directory;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final ChildCgroup inner = cgroup.child();
    private final Caller caller = Caller.in(cgroup.path());
    private final Set<String> inners = new TreeSet<>();

    @AfterEach
    void clean() {
        caller.close();
        inner.close();
        cgroup.close();
    }

    private static String one(String key, String value) {
        return "{key" + key + ", value" + value + "}";
    }

    private static String perCpu(String key, String value) {
        return "{key" + key + ", values[{cpu, value" + value + "}]}";
    }

    private static Map<String, String> larger() {
        Map<String, String> dumped = new TreeMap<>(DUMPED);
        dumped.put("ringwall_lost", perCpu("", "{events, counter_usage, counter_more}"));
        dumped.put("counter_more", perCpu("{uid}", "{tries}"));
        return dumped;
    }

    @Test
    void bpftoolShowsMemberNamesOfMapsFromEveryCommand() {
        caller.listener(caller.tcp(4), "127.0.0.1:3128");
        move(inner.path());
        try (InForce force = InForce.on(inner, TEXT)) {
            fill(force);
            force.monitor(600);
            Set<String> applied = shows(force, DUMPED);

            replaceAll(force);
            Set<String> replaced = shows(force, DUMPED);
            assertThat(replaced).as("each is another one").doesNotContainAnyElementsOf(applied);

            force.upgrade(TEXT.replace("default allow", "default deny"));
            assertThat(shows(force, DUMPED)).as("used as they are").isEqualTo(replaced);

            force.upgrade(LARGER);
            CountersKernelTest.connects(caller.as(1), 1, "127.0.0.1:5");
            Set<String> carried = shows(force, LARGER_DUMPED);
            carried.retainAll(replaced);
            assertThat(carried)
                    .as("has room for all ports; the others are made anew")
                    .hasSize(1);
        }
    }

    private void move(Path to) {
        try {
            Files.writeString(to.resolve("cgroup.procs"), Long.toString(caller.pid()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Adds an entry to every set and table, then makes calls that count, record, take tokens and
     * are redirected.
     */
    private void fill(InForce force) {
        force.add("nets", "198.51.100.0/24");
        force.add("ips", "198.51.100.9");
        force.add("gates", "7");
        force.add("nodes", "char 1:99");
        NUMBERS.forEach(set -> force.add(set, "99"));
        force.entry("to", "192.0.2.1", "80", "=", "127.0.0.1:3128");
        force.entry("far", "0", "=", "[::1]:9");
        List.of("127.0.0.1:5", "[::1]:6", "127.0.0.1:81", "127.0.0.1:82")
                .forEach(to -> CountersKernelTest.connects(caller, 2, to));
        assertThat(caller.connect(caller.tcp(4), "192.0.2.1:80"))
                .as("left for a proxy that is elsewhere")
                .isZero();
    }

    private static void replaceAll(InForce force) {
        force.replace("nets", "198.51.101.0/24", "2001:db8:1::/48");
        force.replace("ips", "198.51.101.9", "2001:db8:1::9");
        force.replace("gates", "8..9");
        force.replace("nodes", "block 1:*");
        NUMBERS.forEach(set -> force.replace(set, "98", "97"));
        force.replaceEntries("to", "192.0.2.1", "80", "=", "127.0.0.1:3129", "127.0.0.1:3130");
        force.replaceEntries("far", "1", "=", "[::1]:9");
    }

    /** Returns all pins that are not programs or links. */
    private Map<String, Path> maps(InForce force) {
        Map<String, Path> maps = new TreeMap<>();
        try (Stream<Path> all = Files.walk(force.pins())) {
            all.filter(Files::isRegularFile)
                    .filter(pin -> !isOfGeneration(pin) || pin.endsWith("rodata"))
                    .forEach(pin -> maps.put(pin.getFileName().toString(), pin));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return maps;
    }

    private static Path taken(Map<String, Path> maps, String name) {
        return Objects.requireNonNull(maps.remove(name), name);
    }

    private static boolean isOfGeneration(Path pin) {
        return Objects.requireNonNull(pin.getParent()).getFileName().toString().matches("g\\d+");
    }

    /** Checks the output for all maps; returns the ids of the inner maps. */
    private Set<String> shows(InForce force, Map<String, String> dumped) {
        inners.clear();
        Map<String, Path> maps = maps(force);
        Map<String, Set<String>> shapes = new TreeMap<>();
        dumped.keySet().stream()
                .filter(maps::containsKey)
                .forEach(name -> shapes.put(name, JsonShape.of(dump(taken(maps, name)), "formatted")));
        Map<String, Set<String>> wanted = new TreeMap<>();
        dumped.forEach((name, shape) -> wanted.put(name, Set.of(shape)));
        assertThat(shapes).containsExactlyInAnyOrderEntriesOf(wanted);
        STORED.forEach((name, members) -> assertThat(members("map", taken(maps, name), "value"))
                .as(name)
                .hasSize(1)
                .containsValue(members));
        Path constants = taken(maps, "rodata");
        assertThat(JsonShape.of(dump(constants), "formatted"))
                .singleElement()
                .asString()
                .startsWith("{value{.rodata[{ringwall_generation}, {ringwall_zero}, {bpf_metadata_policy}")
                .contains("{ringwall_log_0");
        assertThat(members("prog", constants.resolveSibling("connect4"))).containsAllEntriesOf(RECORDS);
        assertThat(maps).containsOnlyKeys("ringwall_events");
        assertThat(inners).as("nine sets and two tables").hasSize(11);
        return new TreeSet<>(inners);
    }

    /** Returns the dump of a map; for a map of maps, of its inner map, by id. */
    private String dump(Path pin) {
        String text = bpftool("-j", "map", "dump", "pinned", pin.toString());
        Matcher id = INNER.matcher(text);
        if (!id.find()) {
            return text;
        }
        inners.add(id.group(1));
        return bpftool("-j", "map", "dump", "id", id.group(1));
    }

    /**
     * Returns the structs that `bpftool btf dump` prints for a pinned object, with the names of
     * their members.
     */
    private Map<String, List<String>> members(String what, Path pin, String... part) {
        List<String> words = new ArrayList<>(List.of("btf", "dump", what, "pinned", pin.toString()));
        words.addAll(List.of(part));
        Map<String, List<String>> structs = new TreeMap<>();
        List<String> members = new ArrayList<>();
        for (String line : bpftool(words.toArray(String[]::new)).lines().toList()) {
            Matcher name = QUOTED.matcher(line);
            if (line.startsWith("[")) {
                members = new ArrayList<>();
                if (line.contains("] STRUCT ") && name.find()) {
                    structs.put(name.group(1), members);
                }
            } else if (name.find()) {
                members.add(name.group(1));
            }
        }
        return structs;
    }

    private String bpftool(String... words) {
        List<String> command = new ArrayList<>(List.of("bpftool"));
        command.addAll(List.of(words));
        return Command.run(directory, command).succeeded();
    }
}
