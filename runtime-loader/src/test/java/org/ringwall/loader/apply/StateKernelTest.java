// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.state.LogText;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.bpf.state.OriginalDestinationTransfer;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.TableLayout;
import org.ringwall.bpf.state.TableText;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.WebInstance;
import org.ringwall.loader.instance.OpenInstance;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceState.LiveSet;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.state.Counts;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.KernelTest;

/**
 * State in the kernel: programs read what commands write, commands read what programs write, and
 * upgrades keep both.
 */
@KernelTest
class StateKernelTest {
    private static final String LOOPBACK = "127.0.0.0/8";
    private static final LogText RULE = new LogText("web.wall", 3, 5, "deny if remote.ip in blocked log", "told so");
    private static final InstanceName WEB = WebInstance.NAME;

    private final KernelBox box = new KernelBox();
    private final WebInstance web = new WebInstance(box);

    @AfterEach
    void clean() {
        box.close();
    }

    private static CounterLayout tries(int max) {
        return new CounterLayout(
                StateObjects.COUNTER,
                new KeyLayout("counter_tries", List.of(new KeyLayout.Part("remote.port", KeyLayout.Kind.NUMBER))),
                List.of(
                        new CounterLayout.Column("tries", CounterUnit.ATTEMPTS),
                        new CounterLayout.Column("last", CounterUnit.TIME)),
                max,
                false);
    }

    private static StateObjects web(int max, String... within) {
        return StateObjects.of("web").live(StateObjects.LIVE, LiveType.NET, max, within);
    }

    private ApplyResult apply(StateObjects objects, Cgroup cgroup, String... forget) {
        return web.apply(objects, cgroup, forget);
    }

    private LiveSet.Change add(String... entries) {
        return web.add(entries);
    }

    private List<String> entries() {
        return web.entries();
    }

    @Test
    void addedAddressesAreDeniedUntilRemoved() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        apply(web(16, LOOPBACK), cgroup);
        assertThat(box.connect(cgroup, port)).isEqualTo("ok");
        assertThat(add("127.0.0.1", "127.1.0.0/16").changed()).isEqualTo(2);
        assertThat(add("::ffff:127.0.0.1").already()).containsExactly("127.0.0.1");
        assertThat(box.connect(cgroup, port)).isEqualTo("EPERM");
        assertThat(entries()).containsExactly("127.0.0.1", "127.1.0.0/16");
        try (InstanceState state = box.host.change(WEB)) {
            state.live(StateObjects.LIVE, set -> set.remove(List.of("127.0.0.1")));
        }
        assertThat(box.connect(cgroup, port)).isEqualTo("ok");
    }

    @Test
    void replaceIsAtomicAndKeepsSinceTimes() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        apply(web(3), cgroup);
        add("127.0.0.1", "10.0.0.0/8");
        try (InstanceState state = box.host.change(WEB)) {
            state.live(
                    StateObjects.LIVE, set -> set.replace(List.of("127.0.0.0/24", "10.0.0.0/8", "2001:db8::1"), 2000));
            assertThat(state.<List<LiveSet.Held>>live(StateObjects.LIVE, LiveSet::list))
                    .extracting(held -> held.text() + " " + held.since().orElse(0))
                    .containsExactly("10.0.0.0/8 1000", "127.0.0.0/24 2000", "2001:db8::1 2000");
            assertThatThrownBy(() -> state.live(
                            StateObjects.LIVE,
                            set -> set.replace(List.of("1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"), 1)))
                    .isInstanceOf(EntryException.class)
                    .hasMessage("`blocked` would have 4 entries, but has room for only 3");
        }
        assertThat(box.connect(cgroup, port)).isEqualTo("EPERM");
        assertThat(entries()).hasSize(3);
    }

    /**
     * Every set in force contains the address, so no connect may succeed while one replaces
     * another.
     */
    @Test
    void noRequestGetsThroughWhileSetsAreReplaced() throws Exception {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        apply(web(16), cgroup);
        add("127.0.0.1");
        String tries =
                "import socket,time\nok=0\nn=0\nend=time.time()+4\nwhile time.time()<end:\n s=socket.socket()\n n+=1\n"
                        + " try:\n  s.connect(('127.0.0.1'," + port
                        + "))\n  ok+=1\n except OSError:\n  pass\n s.close()\n"
                        + "print(ok, n>100)\n";
        ExecutorService pool = Executors.newSingleThreadExecutor();
        Future<String> said = pool.submit(() -> box.run(cgroup, "python3", "-c", tries));
        int changes = 0;
        while (!said.isDone()) {
            String other = "10.0.0." + changes % 200;
            try (InstanceState state = box.host.change(WEB)) {
                state.live(StateObjects.LIVE, set -> set.replace(List.of("127.0.0.1", other), 1));
            }
            if (changes++ % 10 == 0) {
                apply(web(16 + changes % 7), cgroup);
            }
        }
        pool.shutdown();
        assertThat(said.get()).isEqualTo("0 True");
        assertThat(changes).isGreaterThan(1);
    }

    @Test
    void concurrentCommandsLoseNoEntry() throws Exception {
        apply(web(400), box.cgroup("a"));
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Callable<LiveSet.Change>> work = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int number = i;
            work.add(() -> add("10.0." + number + ".1", "10.0." + number + ".2", "10.1.0.0/16"));
        }
        int added = 0;
        for (Future<LiveSet.Change> done : pool.invokeAll(work)) {
            added += done.get().changed();
        }
        pool.shutdown();
        assertThat(added).isEqualTo(81);
        assertThat(entries()).hasSize(81);
    }

    @Test
    void anUpgradeKeepsOnlyEntriesWithinTheNewRanges() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        apply(web(16), cgroup);
        add("127.0.0.1", "10.0.0.0/8", "192.0.2.1");
        assertThat(apply(web(16), cgroup).notes()).isEmpty();
        assertThat(entries()).hasSize(3);
        assertThat(apply(web(4, LOOPBACK, "10.0.0.0/8"), cgroup).notes())
                .containsExactly("removed, because `blocked` no longer accepts them: 192.0.2.1");
        assertThat(entries()).containsExactly("10.0.0.0/8", "127.0.0.1");
        assertThat(box.connect(cgroup, port)).isEqualTo("EPERM");
        assertThat(box.pins()).contains("v1/web@main/maps/live_blocked").noneMatch(pin -> pin.endsWith("-new"));
        List<String> before = box.pins();
        assertThatThrownBy(() -> apply(web(1), cgroup))
                .isInstanceOf(EntryException.class)
                .hasMessage("`blocked` has 2 entries, but the new version has room for only 1");
        assertThat(box.pins()).isEqualTo(before);
        assertThat(box.connect(cgroup, port)).isEqualTo("EPERM");
        apply(web(1), cgroup, StateObjects.LIVE);
        assertThat(entries()).isEmpty();
        assertThat(box.connect(cgroup, port)).isEqualTo("ok");
    }

    @Test
    void stateOfAnotherTypeIsRefusedUnlessForgotten() {
        Cgroup cgroup = box.cgroup("a");
        apply(web(16).live("who", LiveType.UID, 8), cgroup);
        List<String> before = box.pins();
        StateObjects other = web(16).live("who", LiveType.PORT, 8);
        assertThatThrownBy(() -> apply(other, cgroup))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "the version in force has `live_who` with the map type HASH, but the new one needs ARRAY");
        assertThat(box.pins()).isEqualTo(before);
        assertThatThrownBy(() -> apply(other, cgroup, "whom"))
                .isInstanceOf(InputException.class)
                .hasMessage("`web@main` has no state with the name `whom`");
        apply(other, cgroup, "who");
        try (InstanceState state = box.host.change(WEB)) {
            state.live("who", set -> set.add(List.of("80", "8000..8005"), 1));
            assertThat(state.<List<LiveSet.Held>>live("who", LiveSet::list))
                    .extracting(LiveSet.Held::text)
                    .containsExactly("80", "8000..8005");
            assertThatThrownBy(() -> state.live("who", set -> set.add(List.of("1..2"), 1)))
                    .hasMessage("`who` would have 9 entries, but has room for only 8");
        }
    }

    @Test
    void everyTypeStoresItsEntries() {
        StateObjects all = web(16);
        Map<LiveType, List<String>> entries = Map.of(
                LiveType.DEVICE, List.of("block 8:1", "char 10:200", "char 81:*"),
                LiveType.IP, List.of("192.0.2.1", "2001:db8::1"),
                LiveType.UID, List.of("0", "1000"),
                LiveType.GID, List.of("4294967294"),
                LiveType.INT, List.of("7"),
                LiveType.CGROUP, List.of("18446744073709551615"),
                LiveType.NETNS, List.of("1"));
        entries.keySet().forEach(type -> all.live(type.word(), type, 4));
        apply(all, box.cgroup("a"));
        try (InstanceState state = box.host.change(WEB)) {
            entries.forEach((type, some) -> {
                assertThat(state.live(type.word(), set -> set.add(some, 5)).changed())
                        .isEqualTo(some.size());
                assertThat(state.<List<LiveSet.Held>>live(type.word(), LiveSet::list))
                        .extracting(LiveSet.Held::text)
                        .containsExactlyElementsOf(some);
                state.live(type.word(), set -> set.remove(some));
                assertThat(state.<Integer>live(type.word(), LiveSet::size)).isZero();
            });
        }
    }

    @Test
    void countsAreSumsAndOutliveAnUpgrade() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        int other = box.listen();
        apply(web(16).counter(tries(1)).log(RULE), cgroup);
        box.connect(cgroup, port);
        box.connect(cgroup, port);
        box.connect(cgroup, other);
        assertThat(counted()).containsExactly("{remote.port=" + port + "} 2");
        assertThat(lost()).isEqualTo(1);
        apply(web(16).counter(tries(8)).log(RULE), cgroup);
        box.connect(cgroup, port);
        box.connect(cgroup, other);
        assertThat(counted())
                .containsExactlyInAnyOrder("{remote.port=" + port + "} 3", "{remote.port=" + other + "} 1");
        assertThat(lost()).isEqualTo(1);
        assertThatThrownBy(() -> apply(web(16).counter(tries(1)).log(RULE), cgroup))
                .isInstanceOf(InputException.class)
                .hasMessage("`tries` has 2 keys, but the new version has room for only 1");
        apply(web(16).log(RULE), cgroup);
        assertThat(box.pins()).noneMatch(pin -> pin.endsWith("counter_tries"));
    }

    private List<String> counted() {
        try (OpenInstance state = OpenInstance.open(box.host.bpf(), box.host.pins(), WEB);
                Fd map = state.map("counter_tries").orElseThrow()) {
            List<InstanceState.Row> rows = new Counts(box.host.bpf())
                    .counter(List.of(map), there(state.texts().counters(), "tries"));
            long now = box.host.host().bootTime();
            assertThat(rows).allMatch(row -> {
                long last = there(row.values(), "last").longValueExact();
                return last > now - 60_000_000_000L && last <= now;
            });
            return rows.stream()
                    .map(row -> row.key() + " " + row.values().get("tries"))
                    .toList();
        }
    }

    private static <T> T there(Map<String, T> map, String key) {
        return Optional.ofNullable(map.get(key)).orElseThrow();
    }

    private long lost() {
        try (OpenInstance state = OpenInstance.open(box.host.bpf(), box.host.pins(), WEB);
                Fd map = state.map("ringwall_lost").orElseThrow()) {
            return there(new Counts(box.host.bpf()).losses(map), "counter_tries")
                    .longValueExact();
        }
    }

    @Test
    void anUpgradeRefusesACounterWithARenamedColumn() {
        Cgroup cgroup = box.cgroup("a");
        apply(web(16).counter(tries(4)), cgroup);
        CounterLayout renamed = new CounterLayout(
                StateObjects.COUNTER,
                tries(4).key(),
                List.of(
                        new CounterLayout.Column("tries", CounterUnit.ATTEMPTS),
                        new CounterLayout.Column("first", CounterUnit.TIME)),
                4,
                false);
        assertThatThrownBy(() -> apply(web(16).counter(renamed), cgroup))
                .isInstanceOf(InputException.class)
                .hasMessage("the version in force has `counter_tries` with other value members");
        assertThatThrownBy(() -> box.host
                        .applier()
                        .apply(new ApplyRequest(
                                web(16).counter(renamed).policy(), "main", List.of(cgroup), Map.of(), true)))
                .as("a dry run knows it too")
                .isInstanceOf(InputException.class);
        assertThat(apply(web(16).counter(renamed), cgroup, "tries").generation())
                .isEqualTo(2);
    }

    @Test
    void logLimitsAreResizedWithTheRules() {
        Cgroup cgroup = box.cgroup("a");
        apply(web(16).log(RULE).map(EventLayout.limits(1)), cgroup);
        assertThat(apply(web(16).log(RULE).map(EventLayout.limits(2)), cgroup).notes())
                .isEmpty();
        assertThat(box.pins()).contains("v1/web@main/maps/ringwall_log_limits");
    }

    /** The map's entries live for one packet only. */
    @Test
    void anOriginalDestinationMapOfAnotherLayoutIsRecreated() {
        Cgroup cgroup = box.cgroup("a");
        MapDeclaration earlier = MapDeclaration.keyed(
                StateNames.HANDOVER,
                MapType.LRU_HASH,
                OriginalDestinationTransfer.CONNECTIONS,
                0,
                OriginalDestinationTransfer.ORIGINAL,
                OriginalDestinationTransfer.ORIGINAL);
        apply(web(16).map(earlier), cgroup);
        assertThat(apply(web(16).map(OriginalDestinationTransfer.LEFT), cgroup).notes())
                .isEmpty();
        assertThat(box.pins()).contains("v1/web@main/maps/ringwall_handover");
    }

    @Test
    void aSetWithoutAnInnerMapIsRecreated() {
        Cgroup cgroup = box.cgroup("a");
        apply(web(16), cgroup);
        try (OpenInstance state = OpenInstance.open(box.host.bpf(), box.host.pins(), WEB);
                Fd outer = state.map("live_blocked").orElseThrow()) {
            assertThat(box.host.bpf().mapDelete(outer, new byte[4])).isTrue();
        }
        assertThatThrownBy(() -> add("127.0.0.1")).isInstanceOf(EntryException.class);
        assertThat(box.connect(cgroup, box.listen()))
                .as("a lookup finds nothing")
                .isEqualTo("ok");
        apply(web(16), cgroup);
        assertThat(add("127.0.0.1").changed()).isEqualTo(1);
    }

    @Test
    void tablesRefuseDestinationsThatTheKernelReplaces() {
        apply(routed("0.0.0.0/0"), box.cgroup("a"));
        try (InstanceState state = box.host.change(WEB)) {
            for (String to : List.of("0.0.0.0:80", "[::ffff:0.0.0.0]:80", "[::]:80")) {
                assertThatThrownBy(() -> state.table("to", table -> {
                            table.set(List.of(List.of("10.9.0.3", "1", "=", "10.0.0.1:80", to)));
                            return 0;
                        }))
                        .isInstanceOf(EntryException.class)
                        .hasMessageEndingWith("is not a destination: the kernel sends to another address instead");
            }
            assertThat(state.<Integer>table("to", table -> table.list().size())).isZero();
        }
    }

    @Test
    void tablesKeepTheirEntries() {
        Cgroup cgroup = box.cgroup("a");
        apply(routed("10.0.0.0/8"), cgroup);
        try (InstanceState state = box.host.change(WEB)) {
            List<String> two = List.of("10.9.0.1", "443", "=", "10.0.0.1:80", "10.1.0.2:81");
            assertThat(state.<Integer>table(
                            "to", table -> table.set(List.of(two, List.of("10.9.0.2", "53", "=", "10.1.0.1:53")))))
                    .isZero();
            assertThat(state.<Integer>table("to", table -> table.set(List.of(two))))
                    .isEqualTo(1);
            assertThat(state.<List<InstanceState.Table.Row>>table("to", InstanceState.Table::list))
                    .extracting(row -> row.key() + " " + row.to())
                    .containsExactly(
                            "{remote.ip=10.9.0.1, remote.port=443} [10.0.0.1:80, 10.1.0.2:81]",
                            "{remote.ip=10.9.0.2, remote.port=53} [10.1.0.1:53]");
            assertThatThrownBy(() -> state.table("to", table -> {
                        table.set(List.of(List.of("10.9.0.3", "1", "=", "11.0.0.1:80")));
                        return 0;
                    }))
                    .isInstanceOf(EntryException.class)
                    .hasMessage("`11.0.0.1:80` is outside the destinations of `to`");
        }
        assertThat(apply(routed("10.1.0.0/16"), cgroup).notes())
                .containsExactly(
                        "removed, because `to` no longer accepts them: 10.9.0.1 443 = 10.0.0.1:80 10.1.0.2:81");
        try (InstanceState state = box.host.change(WEB)) {
            assertThat(state.<Integer>table("to", table -> table.list().size())).isEqualTo(1);
            assertThat(state.<Integer>table("to", table -> table.replace(List.of())))
                    .isZero();
            assertThat(state.<List<InstanceState.Table.Row>>table("to", InstanceState.Table::list))
                    .isEmpty();
        }
    }

    private static StateObjects routed(String within) {
        KeyLayout key = new KeyLayout(
                "table_to",
                List.of(
                        new KeyLayout.Part("remote.ip", KeyLayout.Kind.ADDRESS),
                        new KeyLayout.Part("remote.port", KeyLayout.Kind.NUMBER)));
        return web(16).table(
                        new TableLayout("to", key, 8, 2),
                        new TableText(
                                List.of("remote.ip", "remote.port"),
                                "v4",
                                8,
                                2,
                                List.of(within),
                                List.of("1..1024"),
                                "deny"));
    }

    @Test
    void perCpuCountsAreSummedAndTheLatestTimeIsUsed() {
        CounterLayout all = new CounterLayout(
                "all",
                new KeyLayout("counter_all", List.of()),
                List.of(
                        new CounterLayout.Column("sent", CounterUnit.BYTES),
                        new CounterLayout.Column("last", CounterUnit.TIME)),
                1,
                false);
        apply(web(16).counter(all), box.cgroup("a"));
        int cpus = box.host.bpf().possibleCpus();
        ByteBuffer values = ByteBuffer.allocate(16 * cpus).order(ByteOrder.nativeOrder());
        for (int cpu = 0; cpu < cpus; cpu++) {
            values.putLong(cpu + 1L).putLong(100L - cpu);
        }
        try (OpenInstance state = OpenInstance.open(box.host.bpf(), box.host.pins(), WEB);
                Fd map = state.map("counter_all").orElseThrow()) {
            box.host.bpf().mapUpdate(map, new byte[4], values.array());
            assertThat(new Counts(box.host.bpf())
                            .counter(List.of(map), there(state.texts().counters(), "all")))
                    .extracting(row -> row.key() + " " + row.values())
                    .containsExactly("{} {sent=" + cpus * (cpus + 1) / 2 + ", last=100}");
        }
    }

    @Test
    void monitorModeDeniesNothingAndExpires() throws InterruptedException {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        apply(web(16), cgroup);
        add("127.0.0.1");
        try (InstanceState state = box.host.change(WEB)) {
            state.monitor(new Monitoring(box.host.host().bootTime() + 600_000_000_000L, "new rules"));
        }
        assertThat(box.connect(cgroup, port)).isEqualTo("ok");
        assertThat(box.host.status().get(0).monitored().orElseThrow().reason()).isEqualTo("new rules");
        apply(web(16), cgroup);
        assertThat(box.connect(cgroup, port)).as("an upgrade keeps the mode").isEqualTo("ok");
        try (InstanceState state = box.host.change(WEB)) {
            assertThat(state.enforce(OptionalLong.of(box.host.host().bootTime())))
                    .isTrue();
        }
        assertThat(box.connect(cgroup, port)).isEqualTo("EPERM");
        monitorUntilEnd(cgroup, port);
        assertThat(box.connect(cgroup, port)).as("nobody ended it").isEqualTo("EPERM");
        assertThat(box.host.status().get(0).monitored()).isEmpty();
        box.host.remover().remove(WEB);
        assertThat(box.pins()).isEmpty();
    }

    /**
     * Connects within a monitored period and waits for its end. A slow machine needs a longer one.
     */
    private void monitorUntilEnd(Cgroup cgroup, int port) throws InterruptedException {
        for (long period = 1_000_000_000L; ; period *= 4) {
            long end = box.host.host().bootTime() + period;
            try (InstanceState state = box.host.change(WEB)) {
                state.monitor(new Monitoring(end, ""));
            }
            String connected = box.connect(cgroup, port);
            if (box.host.host().bootTime() < end) {
                assertThat(connected).isEqualTo("ok");
                TimeUnit.NANOSECONDS.sleep(end - box.host.host().bootTime() + 1_000_000);
                return;
            }
        }
    }

    @Test
    void aVersionCanBeginInMonitorMode() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        Monitoring monitoring = new Monitoring(box.host.host().bootTime() + 600_000_000_000L, "first");
        box.host
                .applier()
                .apply(new ApplyRequest(
                        web(16).policy(), "main", List.of(cgroup), Map.of(), false, Set.of(), Optional.of(monitoring)));
        add("127.0.0.1");
        assertThat(box.connect(cgroup, port)).isEqualTo("ok");
    }

    @Test
    void recordsAreReadOnceExplainedAndCounted() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        apply(web(16).counter(tries(100)).log(RULE), cgroup);
        add("127.0.0.1");
        String flood = "import socket\nfor i in range(3000):\n s=socket.socket()\n try:\n  s.connect(('127.0.0.1',"
                + port + "))\n except OSError:\n  pass\n s.close()\n";
        box.run(cgroup, "python3", "-c", flood);
        try (Events events = box.host.events(WEB)) {
            long read = drain(events, port, true);
            long missing = events.newlyLost().longValueExact();
            assertThat(read + missing).isEqualTo(3000);
            assertThat(missing).as("the ring was full").isPositive();
            assertThat(events.malformed()).isZero();
            assertThatThrownBy(() -> box.host.events(WEB))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining(
                            "being read by process " + ProcessHandle.current().pid());
            box.connect(cgroup, port);
            LogText moved = new LogText("web.wall", 9, 1, "deny", "");
            apply(web(16).counter(tries(100)).log(moved), cgroup);
            assertThat(drain(events, port, true))
                    .as("the old version still explains its records")
                    .isEqualTo(1);
            assertThat(events.refresh()).isTrue();
            box.host.remover().remove(WEB);
            assertThat(events.refresh()).isFalse();
        }
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void recordsOfAReplacedGenerationAreStillShown() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        apply(web(16).counter(tries(100)).log(RULE), cgroup);
        add("127.0.0.1");
        box.connect(cgroup, port);
        apply(web(16).counter(tries(100)).log(RULE), cgroup);
        try (Events events = box.host.events(WEB)) {
            assertThat(drain(events, port, false)).isEqualTo(1);
        }
    }

    private static long drain(Events events, int port, boolean known) {
        long count = 0;
        Optional<Events.Explained> next = events.next();
        while (next.isPresent()) {
            assertThat(next.get().rule())
                    .isEqualTo(
                            known
                                    ? Optional.of(new Events.Rule("web.wall", 3, 5, RULE.rule(), RULE.reason()))
                                    : Optional.empty());
            assertThat(next.get().event().hook()).isEqualTo("connect4");
            assertThat(next.get().event().fields().toString())
                    .isEqualTo("{errno=EPERM, remote.ip=127.0.0.1, remote.port=" + port + "}");
            count++;
            next = events.next();
        }
        return count;
    }
}
