// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.sys.Call;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of sets that change while processes run: the next call of every process sees each change.
 */
@KernelTest
class LiveSetsKernelTest {
    private static final long MILLISECONDS = Long.getLong("ringwall.state.milliseconds", 3_000);
    private static final int REPLACED = 4;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Two two = new Two(cgroup);
    private final Caller caller = two.first();

    @AfterEach
    void clean() {
        two.close();
        cgroup.close();
    }

    private boolean connects(String to) {
        return CountersKernelTest.connects(caller, 1, to).succeeded() == 1;
    }

    private static void holds(InForce force, String set, BooleanSupplier seen, String entry, String other) {
        assertThat(seen.getAsBoolean()).as("empty").isTrue();
        force.add(set, other);
        assertThat(seen.getAsBoolean()).as("another entry").isTrue();
        force.add(set, entry);
        assertThat(seen.getAsBoolean()).as("added").isFalse();
        force.drop(set, entry);
        assertThat(seen.getAsBoolean()).as("removed").isTrue();
        force.replace(set, entry);
        assertThat(seen.getAsBoolean()).as("replaced by it").isFalse();
        force.replace(set, other);
        assertThat(seen.getAsBoolean()).as("replaced by another").isTrue();
    }

    @Test
    void addressPortAndIdEntriesApplyImmediately() {
        String text = """
                policy lively
                live set nets  : net within { 127.0.0.0/8, ::1, 2001:db8::/32 } max 16
                live set gates : port max 100
                live set users : uid max 10
                live set groups : gid max 10
                live set tasks : int max 10
                egress {
                  deny if remote.ip in nets
                  deny if remote.port in gates
                  deny if uid in users
                  deny if gid in groups
                  deny if pid in tasks
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            holds(force, "nets", () -> connects("127.0.0.9:5"), "127.0.0.9", "127.0.0.8");
            holds(force, "nets", () -> connects("127.0.0.9:5"), "127.0.0.8/31", "127.0.0.16/28");
            holds(force, "nets", () -> connects("[::ffff:127.0.0.9]:5"), "127.0.0.8/31", "2001:db8::/32");
            holds(force, "nets", () -> connects("[::1]:5"), "::1", "127.0.0.1");
            force.replace("nets");
            holds(force, "gates", () -> connects("127.0.0.1:443"), "443", "442");
            holds(force, "gates", () -> connects("127.0.0.1:443"), "440..449", "10..19");
            holds(force, "users", () -> connects("127.0.0.1:5"), "0", "1000");
            force.replace("users", "1000");
            caller.as(1000);
            assertThat(connects("127.0.0.1:5")).isFalse();
            caller.as(0);
            assertThat(connects("127.0.0.1:5")).isTrue();
            holds(force, "groups", () -> connects("127.0.0.1:5"), "0", "4294967294");
            holds(force, "tasks", () -> connects("127.0.0.1:5"), Long.toString(caller.pid()), "1");
        }
    }

    @Test
    void singleAddressEntriesApplyImmediately() {
        String text = """
                policy lively
                live set singles : ip max 16
                live set ranged  : ip within { 127.0.0.0/8, ::1 } max 16
                egress {
                  deny if remote.ip in singles
                  deny if remote.ip in ranged
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            for (String set : List.of("singles", "ranged")) {
                holds(force, set, () -> connects("127.0.0.9:5"), "127.0.0.9", "127.0.0.8");
                holds(force, set, () -> connects("127.0.0.9:5"), "127.0.0.9/32", "::1");
                holds(force, set, () -> connects("[::ffff:127.0.0.9]:5"), "127.0.0.9", "127.0.0.10");
                holds(force, set, () -> connects("[::1]:5"), "::1/128", "127.0.0.1");
                force.replace(set);
                holds(force, set, () -> connects("0.0.0.0:5"), "127.0.0.1", "127.0.0.2");
                holds(force, set, () -> connects("[::]:5"), "::1", "127.0.0.9");
                force.replace(set);
            }
            // The address has no route: unless a rule denies the call, it fails with another errno.
            BooleanSupplier undenied = () ->
                    CountersKernelTest.connects(caller, 1, "[2001:db8::9]:5").denied() == 0;
            holds(force, "singles", undenied, "2001:db8::9", "2001:db8:0:1::9");
        }
    }

    @Test
    void cgroupEntriesApplyImmediately() {
        String text = """
                policy lively
                live set places : cgroup max 10
                egress {
                  deny if cgroup in places
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            String here = Long.toString(cgroup.cgroup().id());
            holds(force, "places", () -> connects("127.0.0.1:5"), here, "1");
        }
    }

    @Test
    void namespaceEntriesApplyImmediately() {
        RunningKernel.needs(5, 14, "SO_NETNS_COOKIE");
        String text = """
                policy lively
                live set spaces : netns max 10
                egress {
                  deny if netns in spaces
                  default allow
                }
                """;
        long netns = caller.netns(caller.udp(4));
        try (InForce force = InForce.on(cgroup, text)) {
            holds(force, "spaces", () -> connects("127.0.0.1:5"), Long.toString(netns), "1");
        }
    }

    @Test
    void deviceEntriesApplyImmediately() {
        String text = """
                policy lively
                live set nodes : device max 10
                devices {
                  deny if dev in nodes
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            holds(force, "nodes", this::opens, "char 1:3", "char 1:5");
            holds(force, "nodes", this::opens, "char 1:*", "block 1:3");
        }
    }

    private boolean opens() {
        byte[] name = "/dev/null\0".getBytes(StandardCharsets.UTF_8);
        long fd = caller.call(Call.OPENAT, -100, name, 0, 0).result();
        if (fd >= 0) {
            caller.close(fd);
        }
        return fd >= 0;
    }

    @Test
    void noRequestBypassesASetDuringReplacement() {
        String text = """
                policy lively
                live set nets  : net max 100
                live set gates : port max 100
                live set users : uid max 100
                egress {
                  deny if remote.ip in nets
                  deny if remote.port in gates
                  allow if uid in users
                  default deny
                }
                """;
        String[][] nets = {{"127.0.0.9", "10.0.0.0/8"}, {"127.0.0.0/24", "2001:db8::/32", "192.0.2.1"}};
        String[][] gates = {{"7", "80"}, {"1..50"}};
        String[][] users = {{"0", "5"}, {"0", "6", "7"}};
        try (InForce force = InForce.on(cgroup, text)) {
            replace(force, nets[0], gates[0], users[0]);
            Runnable[] replace = {
                () -> replace(force, nets[0], gates[0], users[0]), () -> replace(force, nets[1], gates[1], users[1])
            };
            Caller.Tally tally = whileReplaced(
                    replace,
                    () -> List.of(
                            two.begin(two.first(), by -> lasting(by, "127.0.0.9:443")),
                            two.begin(two.second(), by -> lasting(by, "127.0.5.5:7"))));
            assertThat(tally.succeeded()).as("slipped through").isZero();
            assertThat(tally.denied()).isEqualTo(tally.made()).isGreaterThan(100);
            Caller.Tally passed = whileReplaced(replace, () -> two.begin(by -> lasting(by, "127.0.5.5:443")));
            assertThat(passed.succeeded()).as("stopped by an empty set").isEqualTo(passed.made());
        }
    }

    /** Replaces the sets, and adds and removes other entries between. */
    @Test
    void noRequestBypassesASetOfSingleAddressesDuringChanges() {
        String text = """
                policy lively
                live set blocked : ip max 100
                live set opened  : ip max 100
                egress {
                  deny if remote.ip in blocked
                  allow if remote.ip in opened
                  default deny
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            Runnable[] change = {
                () -> {
                    force.replace("blocked", "127.0.0.9", "10.0.0.1");
                    force.replace("opened", "127.0.0.9", "127.0.5.5");
                },
                () -> {
                    force.replace("blocked", "::1", "127.0.0.9", "192.0.2.1");
                    force.add("blocked", "127.0.0.8", "2001:db8::9");
                    force.drop("blocked", "::1", "192.0.2.1");
                    force.replace("opened", "127.0.0.9", "127.0.5.5", "2001:db8::9");
                }
            };
            change[0].run();
            Caller.Tally tally = whileReplaced(
                    change,
                    () -> List.of(
                            two.begin(two.first(), by -> lasting(by, 4, "127.0.0.9:443")),
                            two.begin(two.second(), by -> lasting(by, 6, "[::ffff:127.0.0.9]:443"))));
            assertThat(tally.succeeded()).as("slipped through").isZero();
            assertThat(tally.denied()).isEqualTo(tally.made()).isGreaterThan(100);
            Caller.Tally passed = whileReplaced(change, () -> two.begin(by -> lasting(by, "127.0.5.5:443")));
            assertThat(passed.succeeded()).as("stopped by an empty set").isEqualTo(passed.made());
        }
    }

    private static void replace(InForce force, String[] nets, String[] gates, String[] users) {
        force.replace("nets", nets);
        force.replace("gates", gates);
        force.replace("users", users);
    }

    /**
     * Replaces by the two alternately while calls are made. Repeats the calls until enough
     * replacements were made, however slow the machine is.
     */
    private static Caller.Tally whileReplaced(Runnable[] replace, Supplier<List<Future<Caller.Tally>>> calls) {
        List<Future<Caller.Tally>> begun = new ArrayList<>();
        int times = 0;
        while (times < REPLACED) {
            List<Future<Caller.Tally>> running = calls.get();
            begun.addAll(running);
            while (!running.stream().allMatch(Future::isDone)) {
                times++;
                replace[times % 2].run();
            }
        }
        Caller.Tally tally = Two.sum(begun);
        System.out.println(tally.made() + " calls during " + times + " replacements");
        return tally;
    }

    private static Caller.Tally lasting(Caller caller, String to) {
        return lasting(caller, 4, to);
    }

    private static Caller.Tally lasting(Caller caller, int family, String to) {
        long fd = caller.udp(family);
        byte[] address = Caller.address(to);
        return caller.during(MILLISECONDS, Call.CONNECT, fd, address, address.length);
    }

    /** The state that a policy's rules name exists even if no program reads or counts it. */
    @Test
    void stateOfUnreachableRulesIsKept() {
        String text = """
                policy shadowed
                live set blocked : net max 16
                live set always  : uid max 16
                table   other [uid] within { 127.0.0.0/8 } : 1..9 max 4 default 127.0.0.1:9
                counter tries [remote.ip] { tries: attempts } max 4
                counter plain { tries: attempts }
                rate    slow per uid 1/s burst 3 max 16
                egress {
                  deny if remote.ip == 127.0.0.9
                  deny if remote.ip == 127.0.0.9 and remote.ip in blocked { count tries; count plain }
                  redirect other if remote.ip == 127.0.0.9
                  allow if remote.ip == 127.0.0.9 within slow
                  allow if uid in always
                  default allow
                }
                """;
        try (InForce force = InForce.on(cgroup, text)) {
            force.add("blocked", "192.0.2.1");
            force.add("always", "7");
            force.entry("other", "7", "=", "127.0.0.1:5");
            assertThat(force.counts("tries")).isEmpty();
            assertThat(force.count("plain", "[]", "tries")).isZero();
            assertThat(force.tokens("slow")).isEmpty();
            force.upgrade(text.replace("  deny if remote.ip == 127.0.0.9\n", "")
                    .replace("tries: attempts } max 4", "tries: attempts } max 8"));
            assertThat(force.entries("table_other") + force.entries("live_blocked"))
                    .isEqualTo(2);
            assertThat(connects("127.0.0.8:5")).isTrue();
            force.add("blocked", "127.0.0.9");
            assertThat(connects("127.0.0.9:5")).isFalse();
            assertThat(force.sum("tries", "tries")).isEqualTo(1);
            force.upgrade(text);
            force.upgrade(text);
            assertThat(force.sum("tries", "tries"))
                    .as("counted at hooks of IPv4")
                    .isEqualTo(1);
            assertThat(force.count("plain", "[]", "tries")).isEqualTo(1);
            force.drop("blocked", "127.0.0.9");
        }
    }
}
