// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Future;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;

/**
 * A test of the commands' output about policies compiled from text, beyond the examples of
 * docs/host.md.
 */
@KernelTest
class CommandsKernelTest {
    /** More records than the ring can hold. */
    private static final int FLOOD = 3_000;

    private static final long FLOOD_MS = 4_000;

    private static final Pattern LOST = Pattern.compile("lost because the ring buffer was full: (\\d+)");
    private static final Pattern LOST_JSON =
            Pattern.compile("\\{\"policy\":\"told\",\"instance\":\"main\",\"lost\":(\\d+),\"lost_total\":\\d+}");

    private static final String SEVEN = """
            policy told
            egress {
              deny if remote.port == 7 { log because "seven" }
              default allow
            }
            """;

    @TempDir
    private Path dir = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Caller caller = Caller.in(cgroup.path());
    private final TypedCommands commands = new TypedCommands();

    @AfterEach
    void clean() {
        commands.remove("told@main");
        caller.close();
        cgroup.close();
    }

    private List<String> apply(String text, String... words) throws IOException {
        Path object = dir.resolve("told.o");
        Files.write(object, PolicyObjects.elf("told.wall", text));
        String[] all = new String[words.length + 2];
        all[0] = "apply";
        all[1] = object.toString();
        System.arraycopy(words, 0, all, 2, words.length);
        return commands.done(all);
    }

    private List<String> begin(String text) throws IOException {
        return apply(text, "--cgroup", cgroup.path().toString());
    }

    private void deny(int times) {
        assertThat(CountersKernelTest.connects(caller, times, "127.0.0.1:7"))
                .isEqualTo(new Caller.Tally(times, 0, times));
    }

    /** Returns the number in the only line of this form, which must be the last. */
    private static int lost(Pattern form, List<String> lines) {
        assertThat(lines).isNotEmpty();
        List<MatchResult> found =
                form.matcher(String.join("\n", lines)).results().toList();
        assertThat(found).hasSize(1);
        assertThat(lines.get(lines.size() - 1)).isEqualTo(found.get(0).group());
        return Integer.parseInt(found.get(0).group(1));
    }

    @Test
    void shownAndLostRecordsAddUpToAllDenials() throws IOException {
        begin(SEVEN);
        deny(FLOOD);
        List<String> said = commands.done("events", "told");
        int lost = lost(LOST, said);
        assertThat(lost).isPositive();
        List<String> records = said.subList(0, said.size() - 1);
        assertThat(records).hasSize(FLOOD - lost);
        assertThat(records)
                .allSatisfy(line -> assertThat(line)
                        .contains(" deny connect4 errno=EPERM ", " remote.port=7 ")
                        .endsWith("  told.wall:3:3: deny if remote.port == 7 { log because \"seven\" } because seven"));
        assertThat(commands.done("events", "told"))
                .as("no record twice, and what was lost from the beginning")
                .containsExactly("lost because the ring buffer was full: " + lost);
        deny(FLOOD);
        List<String> json = commands.done("events", "told", "--json");
        int both = lost(LOST_JSON, json);
        assertThat(json).hasSize(FLOOD - (both - lost) + 1);
        assertThat(json.subList(0, json.size() - 1))
                .allSatisfy(line -> assertThat(line)
                        .startsWith("{\"policy\":\"told\",\"instance\":\"main\",\"time\":\"")
                        .contains("\"remote.port\":7"));
        deny(1);
        assertThat(commands.done("events", "told")).as("there is room again").hasSize(2);
    }

    /**
     * While two processes fill the ring continuously, `events` prints the records that it found at
     * its start, and ends.
     */
    @Test
    void eventsEndsUnderAFlood() throws IOException {
        begin(SEVEN);
        int room = EventLayout.RING_BYTES / (EventLayout.size(EventKind.SOCKET) + Long.BYTES);
        try (Two two = new Two(cgroup)) {
            List<Future<Caller.Tally>> flood = two.begin(each -> {
                byte[] address = Caller.address("127.0.0.1:7");
                return each.during(FLOOD_MS, Call.CONNECT, each.udp(4), address, address.length);
            });
            int shown = commands.done("events", "told").size();
            while (shown == 0) {
                shown = commands.done("events", "told").size();
            }
            assertThat(shown).isLessThanOrEqualTo(room + 1);
            assertThat(commands.done("events", "told", "--json")).hasSizeLessThanOrEqualTo(room + 1);
            assertThat(Two.sum(flood).denied()).isGreaterThan(room);
        }
    }

    /**
     * Each instance has a ring of its own, so that a tenant who floods one loses no record of
     * another.
     */
    @Test
    void aFloodInOneInstanceLosesNoRecordOfAnother() throws IOException {
        try (ChildCgroup alice = cgroup.child();
                ChildCgroup bob = cgroup.child();
                Caller loud = Caller.in(alice.path());
                Caller quiet = Caller.in(bob.path())) {
            apply(SEVEN, "--instance", "alice", "--cgroup", alice.path().toString());
            apply(SEVEN, "--instance", "bob", "--cgroup", bob.path().toString());
            for (int i = 0; i < 3; i++) {
                CountersKernelTest.connects(loud, FLOOD, "127.0.0.1:7");
                CountersKernelTest.connects(quiet, 2, "127.0.0.1:7");
            }
            assertThat(commands.done("events", "told@bob"))
                    .hasSize(6)
                    .allSatisfy(line -> assertThat(line).contains(" pid=" + quiet.pid() + " "));
            assertThat(lost(LOST, commands.done("events", "told@alice"))).isGreaterThan(FLOOD);
        } finally {
            commands.remove("told@alice");
            commands.remove("told@bob");
        }
    }

    /**
     * The names of a thread and of a directory, which the workload chooses, cannot end their
     * quotes.
     */
    @Test
    void namesThatTheWorkloadChoosesForgeNoFields() throws Exception {
        begin("""
                policy told
                counter tries [cgroup, comm] { tries: attempts } max 8
                egress {
                  deny if remote.port == 7 { log because "seven"; count tries }
                  default allow
                }
                """);
        Path below = cgroup.path().resolve("a): tries=0 (b\"c");
        Files.createDirectory(below);
        try {
            named(below, "\" uid=9  w:1: \\");
            named(below, "a\nb  c=\u00e9");
            List<String> said = commands.done("events", "told");
            assertThat(said).hasSize(2);
            assertThat(said.get(0))
                    .matches(
                            "\\S+ deny connect4 errno=EPERM uid=0 .* comm=\"\\\\\" uid=9  w:1: \\\\\\\\\" remote\\.ip=.*");
            assertThat(said.get(1)).contains(" comm=\"a\\x0ab  c=\u00e9\" remote.ip=");
            String path = " (\"" + below.toString().replace("\"", "\\\"") + "\"): tries=1";
            assertThat(commands.done("counters", "told"))
                    .contains("  cgroup=" + Files.getAttribute(below, "unix:ino") + " comm=\"\\\" uid=9  w:1: \\\\\""
                            + path);
        } finally {
            Files.delete(below);
        }
    }

    /** Runs a process in this cgroup that sets its name and connects. */
    private static void named(Path cgroup, String comm) throws IOException, InterruptedException {
        String script = """
                import os, socket, sys
                open(sys.argv[1] + '/cgroup.procs', 'w').write(str(os.getpid()))
                open('/proc/self/comm', 'wb').write(os.fsencode(sys.argv[2]))
                try:
                    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 7))
                    sys.exit(1)
                except PermissionError:
                    pass
                """;
        Process child = new ProcessBuilder("python3", "-c", script, cgroup.toString(), comm)
                .inheritIO()
                .start();
        assertThat(child.waitFor()).isZero();
    }

    @Test
    void requestsOfTheSharedBucketAreShown() throws IOException {
        begin("""
                policy told
                rate few per remote.port 1/h burst 1 max 4
                egress {
                  allow if remote.port in 1..100 within few else deny
                  default allow
                }
                """);
        String none = "few per remote.port: one token every 1h, at most 1";
        assertThat(commands.done("rates", "told")).containsExactly(none, "  no entries yet");
        for (int port = 1; port <= 10; port++) {
            CountersKernelTest.connects(caller, 1, "127.0.0.1:" + port);
        }
        List<String> said = commands.done("rates", "told");
        assertThat(said)
                .hasSize(10)
                .startsWith(none, "  remote.port=1: tokens=0")
                .endsWith("  judged by the shared bucket, because there was no room for another key: 2");
        assertThat(commands.done("rates", "told", "--json"))
                .singleElement()
                .asString()
                .endsWith(",\"shared\":2}]}");
    }

    @Test
    void theNextRecordReportsSuppressedOnes() throws Exception {
        begin(SEVEN.replace("log because", "log at most 1/s because"));
        deny(5);
        assertThat(commands.done("events", "told"))
                .singleElement()
                .asString()
                .endsWith(" because seven")
                .doesNotContain("suppressed before it");
        Thread.sleep(1_100);
        deny(3);
        assertThat(commands.done("events", "told"))
                .singleElement()
                .asString()
                .endsWith(" because seven  (4 suppressed before it)");
        Thread.sleep(1_100);
        deny(1);
        assertThat(commands.done("events", "told", "--json"))
                .singleElement()
                .asString()
                .contains("\"suppressed\":2,");
    }

    @Test
    void recordsOfAReplacedVersionShowTheRuleNumber() throws IOException {
        begin(SEVEN);
        deny(2);
        assertThat(apply(SEVEN.replace("egress {", "egress {\n  deny if remote.port == 8 { log }")))
                .first()
                .isEqualTo("told@main: in force, generation 2");
        deny(1);
        List<String> said = commands.done("events", "told");
        assertThat(said).hasSize(3);
        assertThat(said.subList(0, 2))
                .allSatisfy(line -> assertThat(line)
                        .contains(" deny connect4 ", " remote.port=7 ")
                        .endsWith("  rule 0 of generation 1 (its rule text is no longer available)"));
        assertThat(said.get(2)).contains("  told.wall:4:3: deny if remote.port == 7 ");
        deny(1);
        apply(SEVEN);
        assertThat(commands.done("events", "told", "--json"))
                .singleElement()
                .asString()
                .contains("\"generation\":2,\"rule\":1,\"hook\":\"connect4\"")
                .doesNotContain("\"file\"", "\"reason\"");
    }

    /**
     * The counter has room for one key: first a cgroup that exists, then one that is removed before
     * it is printed.
     */
    @Test
    void aFullCounterReportsUncountedRequestsAndItsCgroup() throws IOException {
        begin("""
                policy told
                counter tries [cgroup] { tries: attempts, last: time } max 1
                egress {
                  deny if remote.port == 7 { count tries }
                  default allow
                }
                """);
        String id = Long.toUnsignedString(cgroup.cgroup().id());
        deny(2);
        assertThat(commands.done("counters", "told").get(1))
                .matches(
                        "  cgroup=" + id + " \\(" + Pattern.quote(cgroup.path().toString()) + "\\): tries=2 last=\\d+");
        try (ChildCgroup below = cgroup.child();
                Caller other = Caller.in(below.path())) {
            CountersKernelTest.connects(other, 4, "127.0.0.1:7");
        }
        assertThat(commands.done("counters", "told"))
                .hasSize(3)
                .last()
                .isEqualTo("  not counted, because there was no room for another key: 4");
        assertThat(commands.done("counters", "told", "--json"))
                .singleElement()
                .asString()
                .contains(
                        "{\"key\":{\"cgroup\":" + id + "},\"path\":\"" + cgroup.path() + "\",\"values\":{\"tries\":2,")
                .endsWith("}],\"lost\":4}]}");
    }

    @Test
    void aRemovedCgroupIsShownByItsId() throws IOException {
        begin("""
                policy told
                counter tries [cgroup] { tries: attempts } max 8
                egress {
                  deny if remote.port == 7 { count tries }
                  default allow
                }
                """);
        long id;
        try (ChildCgroup below = cgroup.child();
                Caller other = Caller.in(below.path())) {
            id = below.cgroup().id();
            CountersKernelTest.connects(other, 4, "127.0.0.1:7");
        }
        assertThat(commands.done("counters", "told"))
                .containsExactly(
                        "tries cgroup : tries attempts", "  cgroup=" + Long.toUnsignedString(id) + ": tries=4");
        assertThat(commands.done("counters", "told", "--json").get(0)).doesNotContain("\"path\"");
    }

    @Test
    void theParamOptionSelectsTheDeniedPort() throws IOException {
        String text = """
                policy told
                param port : port in 1..100 = 9
                egress {
                  deny if remote.port == port
                  default allow
                }
                """;
        begin(text);
        assertThat(connects()).isEqualTo("denied allowed");
        assertThat(apply(text, "--param", "port=10")).first().isEqualTo("told@main: in force, generation 2");
        assertThat(connects()).isEqualTo("allowed denied");
        assertThat(apply(text, "--monitor", "15m").get(0))
                .startsWith("told@main: monitored until ")
                .contains("generation 3: nothing is denied");
        assertThat(connects()).isEqualTo("allowed allowed");
        assertThat(commands.done("enforce", "told")).containsExactly("told@main: enforced");
        assertThat(connects()).isEqualTo("allowed denied");
        apply(text);
        assertThat(connects()).as("the value in force").isEqualTo("allowed denied");
        apply(text, "--reset-params");
        assertThat(connects()).as("the default again").isEqualTo("denied allowed");
    }

    /**
     * Returns the results of connecting to ports 9 and 10, which must be equal for both families.
     */
    private String connects() {
        String v4 = fares("127.0.0.1:9") + " " + fares("127.0.0.1:10");
        assertThat(fares("[::1]:9") + " " + fares("[::1]:10"))
                .as("the same in v6")
                .isEqualTo(v4);
        return v4;
    }

    private String fares(String to) {
        return CountersKernelTest.connects(caller, 1, to).denied() == 0 ? "allowed" : "denied";
    }
}
