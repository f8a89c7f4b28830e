// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.fixtures.Doomed;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.WebInstance;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceState.LiveSet;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Step;

/** Changes of live sets in the kernel, which are atomic. One entry takes constant time. */
@KernelTest
class LiveChangesKernelTest {
    private final KernelBox box = new KernelBox();
    private final WebInstance web = new WebInstance(box);

    @AfterEach
    void clean() {
        box.close();
    }

    private void apply(LiveType type, int max, String... within) {
        web.apply(StateObjects.of("web").live(StateObjects.LIVE, type, max, within), box.cgroup("a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {Doomed.LIVE_ADD, Doomed.LIVE_ADD_SINGLY, Doomed.LIVE_REMOVE})
    void aKilledChangeAppliesAllEntriesOrNone(String change) throws IOException, InterruptedException {
        apply(LiveType.NET, 1000);
        List<String> many = IntStream.range(1, 13).mapToObj(i -> "10.0.0." + i).toList();
        List<String> few = List.of("10.0.0.0/8", "10.0.0.4", "2001:db8::/32");
        boolean removes = change.equals(Doomed.LIVE_REMOVE);
        replace(removes ? union(few, many) : few);
        List<String> before = web.entries();
        int kills = 0;
        while (doomed(change, kills, many) == 137) {
            assertThat(web.entries()).as("kill %s", kills).isEqualTo(before);
            kills += Step.SIZE;
        }
        assertThat(kills).isGreaterThanOrEqualTo(change.equals(Doomed.LIVE_ADD_SINGLY) ? 15 : 2);
        assertThat(web.entries())
                .hasSameElementsAs(removes ? List.of("10.0.0.0/8", "2001:db8::/32") : union(few, many));
    }

    @Test
    void portsInSeveralWordsChangeAtomically() throws IOException, InterruptedException {
        apply(LiveType.PORT, 1000);
        replace(List.of("80"));
        int kills = 0;
        while (doomed(Doomed.LIVE_ADD_SINGLY, kills, List.of("60..200", "443")) == 137) {
            assertThat(web.entries()).as("kill %s", kills).containsExactly("80");
            kills += Step.SIZE;
        }
        assertThat(web.entries()).containsExactly("60..200", "443");
    }

    @ParameterizedTest
    @EnumSource(names = {"NET", "IP"})
    void aWrongEntryAtTheEndOfALongListChangesNothing(LiveType type) {
        apply(type, 20_000, "10.0.0.0/8");
        List<String> many = IntStream.range(0, 20_000)
                .mapToObj(i -> "10.1." + (i >> 8) + "." + (i & 255))
                .toList();
        // Sets, because the comparison of lists without order is quadratic.
        Set<String> all = Set.copyOf(many);
        replace(many);
        for (String wrong : List.of("10.0.0.256", "192.0.2.1")) {
            List<String> words = new ArrayList<>(many.subList(1, 20_000));
            words.add(wrong);
            assertThatThrownBy(() -> replace(words))
                    .isInstanceOfSatisfying(
                            EntryException.class, e -> assertThat(e.place()).hasValue(19_999));
            assertThat(new HashSet<>(web.entries())).isEqualTo(all);
        }
        List<String> twice = new ArrayList<>(many);
        twice.addAll(many.subList(0, 10));
        replace(twice);
        assertThat(new HashSet<>(web.entries())).isEqualTo(all);
        twice.add("10.2.0.0");
        assertThatThrownBy(() -> replace(twice)).hasMessageContaining("would have 20001 entries");
        assertThat(new HashSet<>(web.entries())).isEqualTo(all);
    }

    /** Counts calls instead of time: a linear implementation would make thousands. */
    @ParameterizedTest
    @EnumSource(names = {"NET", "IP", "INT"})
    void changingOneEntryCostsTheSameInALargeSet(LiveType type) {
        apply(type, 10_000);
        IntFunction<String> entry = i -> type == LiveType.INT ? Integer.toString(i) : "10.1." + i / 250 + "." + i % 250;
        replace(List.of(entry.apply(1)));
        int add = calls(set -> set.add(List.of(entry.apply(6000)), 7));
        int remove = calls(set -> set.remove(List.of(entry.apply(6000))));
        replace(IntStream.range(0, 5000).mapToObj(entry).toList());
        assertThat(calls(set -> set.add(List.of(entry.apply(6000)), 7)))
                .isLessThanOrEqualTo(add)
                .isLessThan(20);
        assertThat(calls(set -> set.remove(List.of(entry.apply(6000)))))
                .isLessThanOrEqualTo(remove)
                .isLessThan(20);
        assertThat(web.entries()).hasSize(5000);
    }

    /** Adds and removes single entries, including nested prefixes, in a set that is often full. */
    @ParameterizedTest
    @EnumSource(names = {"NET", "IP", "DEVICE", "UID"})
    void aSetMatchesAModelAfterRandomChanges(LiveType type) {
        apply(type, 12);
        Random random = new Random(7);
        TreeSet<String> model = new TreeSet<>();
        for (int i = 0; i < 600 / Step.SIZE; i++) {
            String entry = draw(type, random);
            boolean there = model.contains(entry);
            if (random.nextInt(5) < 2) {
                if (there) {
                    assertThat(remove(entry).size()).hasValue(model.size() - 1);
                } else {
                    assertThatThrownBy(() -> remove(entry)).hasMessageContaining("is not in `blocked`");
                }
                model.remove(entry);
            } else if (!there && model.size() == 12) {
                assertThatThrownBy(() -> web.add(entry))
                        .isInstanceOf(EntryException.class)
                        .hasMessage("`blocked` would have 13 entries, but has room for only 12");
            } else {
                LiveSet.Change change = web.add(entry);
                assertThat(change.changed()).as("%s %s", i, entry).isEqualTo(there ? 0 : 1);
                assertThat(change.already()).isEqualTo(there ? List.of(entry) : List.of());
                model.add(entry);
            }
            assertThat(web.entries()).as("%s %s", i, entry).hasSameElementsAs(model);
        }
    }

    private static String draw(LiveType type, Random random) {
        return switch (type) {
            case NET -> {
                int length = 29 + random.nextInt(4);
                int host = random.nextInt(8) >> 32 - length << 32 - length;
                String net = (random.nextBoolean() ? "10.0.0." : "10.0.1.") + host;
                yield length == 32 ? net : net + "/" + length;
            }
            case IP -> "10.0.0." + random.nextInt(20);
            case DEVICE -> "char " + random.nextInt(3) + ":" + (random.nextInt(4) == 0 ? "*" : random.nextInt(6));
            default -> Integer.toString(random.nextInt(20));
        };
    }

    private LiveSet.Change remove(String entry) {
        return change(box.host, set -> set.remove(List.of(entry)));
    }

    private void replace(List<String> entries) {
        change(box.host, set -> set.replace(entries, 1000));
    }

    private static LiveSet.Change change(LoaderHost host, Function<LiveSet, LiveSet.Change> work) {
        try (InstanceState state = host.change(WebInstance.NAME)) {
            return state.live(StateObjects.LIVE, work);
        }
    }

    /** Returns the number of bpf(2) calls of a change. */
    private int calls(Function<LiveSet, LiveSet.Change> work) {
        AtomicInteger calls = new AtomicInteger();
        Bpf counting = (Bpf) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Bpf.class}, (self, method, words) -> {
                    calls.incrementAndGet();
                    try {
                        return method.invoke(box.host.bpf(), words);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                });
        LoaderHost host = new LoaderHost(counting, box.host.pins(), box.host.hierarchy(), box.host.host());
        try (InstanceState state = host.change(WebInstance.NAME)) {
            calls.set(0);
            assertThat(state.live(StateObjects.LIVE, work).changed()).isEqualTo(1);
        }
        return calls.get();
    }

    private static List<String> union(List<String> one, List<String> two) {
        TreeSet<String> all = new TreeSet<>(one);
        all.addAll(two);
        return List.copyOf(all);
    }

    private int doomed(String change, int killAt, List<String> entries) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Doomed.class.getName(),
                box.pinBase.toString(),
                "",
                change,
                Integer.toString(killAt)));
        words.addAll(entries);
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        assertThat(exit).as(said).isIn(0, 137);
        return exit;
    }
}
