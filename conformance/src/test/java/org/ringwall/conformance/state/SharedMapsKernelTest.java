// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.UsedMaps;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * A test of policies with more state than a program can name, whose programs find it in indexes.
 * Everything is seen in the results of system calls.
 */
@KernelTest
class SharedMapsKernelTest {
    /** More than one program can name. */
    private static final int MANY = 80;

    private static final int THOUSAND = 1_000;

    /** Every N-th of them is read. */
    private static final int READ = 13;

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final Two two = new Two(cgroup);

    @AfterEach
    void clean() {
        two.close();
        cgroup.close();
    }

    private static String policy(int number, IntFunction<String> declaration, IntFunction<String> rule) {
        return "policy shared\n" + lines(number, declaration) + "egress {\n" + lines(number, rule)
                + "  default allow\n}\n";
    }

    private static String lines(int number, IntFunction<String> line) {
        return IntStream.rangeClosed(1, number).mapToObj(line).collect(Collectors.joining("\n", "", "\n"));
    }

    private static String counters(int number) {
        return policy(
                number,
                i -> "counter x" + i + " { tries: attempts }",
                i -> "  when remote.port == " + i + " { count x" + i + " }");
    }

    /** A policy with sets of one type and different sizes. */
    private static String sets(int number, String type) {
        String field = type.equals("uid") ? type : type.equals("port") ? "remote.port" : "remote.ip";
        return policy(
                number,
                i -> "live set x" + i + " : " + type + " max " + (100 + i),
                i -> "  deny if remote.port == " + i + " and " + field + " in x" + i);
    }

    private static String sets(int number) {
        return sets(number, "uid");
    }

    /** Returns an entry of a set that covers the request that its rule is about. */
    private static String covering(int set, String type) {
        return type.equals("uid") ? "0" : type.equals("port") ? Integer.toString(set) : "127.0.0.1";
    }

    private boolean connects(int port) {
        return CountersKernelTest.connects(two.first(), 1, "127.0.0.1:" + port).succeeded() == 1;
    }

    private void denies(InForce force, int number, Set<Integer> denied) {
        for (int port = 1; port <= number; port++) {
            assertThat(connects(port)).as(force.pins() + " port " + port).isEqualTo(!denied.contains(port));
        }
    }

    @Test
    void eachOfAThousandCountersCountsItsRule() {
        try (InForce force = InForce.on(cgroup, counters(THOUSAND))) {
            for (int port = 1; port <= THOUSAND; port++) {
                CountersKernelTest.connects(two.first(), port % 3 + 1, "127.0.0.1:" + port);
            }
            CountersKernelTest.connects(two.second(), 5, "[::1]:" + THOUSAND);
            // Reading one counter reads the texts of all.
            for (int port = 1; port < THOUSAND; port += READ) {
                assertThat(force.sum("x" + port, "tries")).as("x" + port).isEqualTo(port % 3 + 1);
            }
            assertThat(force.sum("x" + THOUSAND, "tries")).isEqualTo(THOUSAND % 3 + 1 + 5);
        }
    }

    @Test
    void keyedCountersCountByKeyAndLoseWhatHasNoRoom() {
        String text = policy(
                MANY,
                i -> "counter x" + i + " [uid] { tries: attempts, last: time } max 2" + (i % 2 == 0 ? "" : " lru")
                        + "\ncounter y" + i + " [remote.ip] { tries: attempts } max " + i,
                i -> "  when remote.port == " + i + " { count x" + i + "; count y" + i + " }");
        try (InForce force = InForce.on(cgroup, text)) {
            for (int port = 1; port <= MANY; port++) {
                String to = "127.0.0.1:" + port;
                CountersKernelTest.connects(two.first(), port, to);
                CountersKernelTest.connects(two.first().as(1000), 3, to);
                CountersKernelTest.connects(two.first().as(0), 1, "[::1]:" + port);
            }
            for (int port = 1; port <= MANY; port++) {
                assertThat(force.count("x" + port, "[0]", "tries")).isEqualTo(port + 1);
                assertThat(force.count("x" + port, "[1000]", "tries")).isEqualTo(3);
                assertThat(force.sum("y" + port, "tries")).isEqualTo(port + 4);
            }
            CountersKernelTest.connects(two.first().as(1001), 4, "127.0.0.1:2");
            assertThat(force.lost("x2")).isEqualTo(4);
        }
    }

    @Test
    void anUpgradeKeepsCountsWithIndexesAndWithout() {
        try (InForce force = InForce.on(cgroup, counters(9))) {
            CountersKernelTest.connects(two.first(), 1, "127.0.0.1:7");
            int expected = 1;
            for (int number : new int[] {MANY, MANY + 20, 9, MANY}) {
                force.upgrade(counters(number));
                CountersKernelTest.connects(two.first(), 10, "127.0.0.1:7");
                CountersKernelTest.connects(two.first(), 1, "127.0.0.1:" + number);
                expected += 10;
                assertThat(force.sum("x7", "tries")).as(number + " counters").isEqualTo(expected);
                assertThat(force.keeps("counter_x" + number)).isTrue();
                assertThat(force.keeps("counter_x" + (number + 1))).isFalse();
            }
            assertThat(force.sum("x" + MANY, "tries")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"uid", "port", "net", "ip"})
    void liveSetsApplyImmediatelyThroughUpgrades(String type) {
        try (InForce force = InForce.on(cgroup, sets(MANY, type))) {
            denies(force, MANY, Set.of());
            for (int set : new int[] {1, 2, MANY}) {
                force.add("x" + set, covering(set, type));
                assertThat(connects(set)).isFalse();
                force.drop("x" + set, covering(set, type));
                assertThat(connects(set)).isTrue();
                force.replace("x" + set, covering(set, type));
                assertThat(connects(set)).isFalse();
            }
            denies(force, MANY, Set.of(1, 2, MANY));
            force.upgrade(sets(MANY + 20, type));
            denies(force, MANY + 20, Set.of(1, 2, MANY));
            force.replace("x2");
            force.replace("x" + (MANY + 20), covering(MANY + 20, type));
            denies(force, MANY + 20, Set.of(1, MANY, MANY + 20));
            force.upgrade(sets(45, type));
            denies(force, 45, Set.of(1));
            force.replace("x45", covering(45, type));
            force.upgrade(sets(MANY, type));
            denies(force, MANY, Set.of(1, 45));
        }
    }

    private static String tables(int number) {
        return policy(
                number,
                i -> "table x" + i + " [uid] within { 127.0.0.0/8 } : 1..9 max " + i + " default deny",
                i -> "  redirect x" + i + " if remote.ip == 127.0.0.1 and remote.port == " + i);
    }

    @Test
    void tablesRedirectByTheirEntries() {
        try (InForce force = InForce.on(cgroup, tables(MANY))) {
            denies(force, MANY, IntStream.rangeClosed(1, MANY).boxed().collect(Collectors.toSet()));
            for (int table : new int[] {1, 2, 50, MANY}) {
                force.entry("x" + table, "0", "=", "127.0.0.1:5");
                assertThat(connects(table)).isTrue();
                force.dropEntry("x" + table, "0");
                assertThat(connects(table)).isFalse();
                force.replaceEntries("x" + table, "0", "=", "127.0.0.1:6");
                assertThat(connects(table)).isTrue();
            }
            force.upgrade(tables(MANY + 1));
            assertThat(connects(50)).isTrue();
            assertThat(connects(51)).isFalse();
        }
    }

    private static String rates(int number) {
        return policy(
                        number,
                        i -> i % 2 == 0 ? "rate x" + i + " 3/h burst 3" : "rate x" + i + " per uid 3/h burst 3 max 16",
                        i -> "  allow if remote.port == " + i + " within x" + i + "\n  deny if remote.port == " + i)
                .replace("policy shared\n", "policy shared\nrequires kernel 6.2\n");
    }

    @Test
    void ratesHaveBucketsOfTheirOwn() {
        RunningKernel.needs(
                UsedMaps.LOCKS_IN_INDEXES.major(), UsedMaps.LOCKS_IN_INDEXES.minor(), "locks in inner maps");
        try (InForce force = InForce.on(cgroup, rates(MANY))) {
            for (int port = 1; port <= MANY; port++) {
                assertThat(CountersKernelTest.connects(two.first(), 5, "127.0.0.1:" + port)
                                .succeeded())
                        .as("port " + port)
                        .isEqualTo(3);
            }
            force.upgrade(rates(MANY + 2));
            assertThat(connects(MANY)).isFalse();
            assertThat(connects(MANY + 2)).isTrue();
        }
    }

    /** What a program would decide without the map could be permission. */
    @Test
    void anEmptyElementDenies() {
        for (String text : List.of(counters(MANY), sets(MANY), tables(MANY))) {
            try (InForce force = InForce.on(cgroup, text);
                    LoaderHost host = InForce.freshHost()) {
                if (text.contains("table")) {
                    force.entry("x9", "0", "=", "127.0.0.1:5");
                }
                assertThat(connects(9)).isTrue();
                host.pins().list(force.pins().resolve("g1")).stream()
                        .filter(StateNames::isIndex)
                        .forEach(index ->
                                empty(host.bpf(), force.pins().resolve("g1").resolve(index)));
                assertThat(connects(9)).isFalse();
            }
        }
    }

    private static void empty(Bpf bpf, Path pin) {
        try (Fd index = bpf.objGet(pin)) {
            for (int i = 0; i < bpf.mapInfo(index).maxEntries(); i++) {
                assertThat(bpf.mapDelete(index, key(i))).isTrue();
            }
        }
    }

    private static byte[] key(int index) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(index)
                .array();
    }

    @Test
    void anUnconfirmedVersionAndTheOneBeforeItFollowAReplacement() {
        RunningKernel.needs(5, 15, "timers");
        for (boolean confirmed : new boolean[] {true, false}) {
            try (InForce force = InForce.on(cgroup, sets(MANY))) {
                force.replace("x9", "0");
                force.upgradeUntilConfirmed(sets(MANY + 4), Duration.ofMinutes(10));
                denies(force, MANY, Set.of(9));
                force.replace("x9", "5");
                force.replace("x12", "0");
                denies(force, MANY, Set.of(12));
                force.end(confirmed);
                denies(force, MANY, Set.of(12));
                force.replace("x12");
                denies(force, MANY, Set.of());
            }
        }
    }

    /** The command that is killed; the process of the test goes on. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;
    }

    /** A host whose N-th change, from 0, fails. */
    private static final class Changes {
        private static final Set<String> METHODS =
                Set.of("mapUpdate", "mapUpdateBatch", "mapCreate", "createFolder", "removeFolder");

        private final int failing;
        private final boolean kills;
        private final List<PinStore.Lock> locks = new ArrayList<>();
        private int made;

        Changes(int failing, boolean kills) {
            this.failing = failing;
            this.kills = kills;
        }

        <T> T of(Class<T> type, T real) {
            return type.cast(Proxy.newProxyInstance(
                    type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
                        if (METHODS.contains(method.getName())) {
                            int change = made++;
                            if (kills && change >= failing) {
                                throw new Killed();
                            } else if (change == failing) {
                                throw new KernelRefusedException("a test", ErrorNumber.of(Errno.ENOMEM));
                            }
                        }
                        try {
                            Object result = method.invoke(real, args);
                            if (result instanceof Optional<?> found
                                    && found.isPresent()
                                    && found.get() instanceof PinStore.Lock lock) {
                                locks.add(lock);
                            }
                            return result;
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }));
        }

        /** Releases the locks of a process that has ended. */
        void end() {
            locks.forEach(PinStore.Lock::close);
        }

        LoaderHost host(LoaderHost real) {
            return new LoaderHost(
                    of(Bpf.class, real.bpf()), of(PinStore.class, real.pins()), real.hierarchy(), real.host());
        }
    }

    @Test
    void aReplacementThatFailsOrIsKilledAnywhereIsAllOrNothing() {
        try (InForce force = InForce.on(cgroup, sets(MANY));
                LoaderHost real = InForce.freshHost()) {
            for (boolean kills : new boolean[] {false, true}) {
                boolean ended = false;
                for (int failing = 0; !ended; failing++) {
                    force.replace("x9");
                    Changes changes = new Changes(failing, kills);
                    Optional<Throwable> end = replaced(changes.host(real), force);
                    changes.end();
                    ended = end.isEmpty();
                    String as = (kills ? "killed" : "refused") + " before change " + failing + " of " + changes.made;
                    // The next command completes the change or undoes it.
                    force.add("x3", "3");
                    boolean listed = force.holds("x9", "0");
                    assertThat(connects(9)).as(as).isEqualTo(!listed);
                    assertThat(listed).as(as).isEqualTo(ended || kills && changes.made > 0 && listed);
                    assertThat(force.pins().resolve("exchanging")).as(as).doesNotExist();
                    assertThat(ended || failing < 20).isTrue();
                }
            }
        }
    }

    private static Optional<Throwable> replaced(LoaderHost host, InForce force) {
        try {
            force.replaceOn(host, "x9", "0");
            return Optional.empty();
        } catch (Killed | RuntimeException e) {
            return Optional.of(e);
        }
    }

    @Test
    void aManipulatedIndexIsNotWhatWasApplied() {
        try (InForce force = InForce.on(cgroup, sets(MANY));
                LoaderHost host = InForce.freshHost()) {
            force.upgradeFromFile(sets(MANY));
            force.replace("x9", "0");
            assertThat(force.differences()).isEmpty();
            try (Fd index = host.bpf().objGet(force.pins().resolve("g2/ringwall_index_0"));
                    Fd other = host.bpf()
                            .mapById(ByteBuffer.wrap(host.bpf()
                                            .mapLookup(index, key(1), Integer.BYTES)
                                            .orElseThrow())
                                    .order(ByteOrder.nativeOrder())
                                    .getInt())) {
                host.bpf().mapUpdate(index, key(0), key(other.number()));
            }
            assertThat(force.differences()).singleElement().asString().contains("element 0 of `ringwall_index_0`");
        }
    }
}
