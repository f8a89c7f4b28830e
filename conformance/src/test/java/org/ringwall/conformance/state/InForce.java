// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.PolicyObjects;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.OpenInstance;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.Events;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.sys.Fd;

/**
 * A policy, compiled from text and in force on one cgroup, and its state; removed with
 * {@link #close}.
 */
final class InForce implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;

    private final LoaderHost host;
    private final ChildCgroup cgroup;
    private final InstanceName name;

    private InForce(LoaderHost host, ChildCgroup cgroup, InstanceName name) {
        this.host = host;
        this.cgroup = cgroup;
        this.name = name;
    }

    /** Compiles and applies the text with the default values of its params. */
    static InForce on(ChildCgroup cgroup, String text) {
        return on(cgroup, object(text), Map.of());
    }

    static InForce on(ChildCgroup cgroup, BpfObject object, Map<String, String> params) {
        PolicyObject policy = PolicyObject.of(object);
        LoaderHost host = LoaderHost.ofThisMachine(base());
        InForce force = new InForce(host, cgroup, new InstanceName(policy.policy(), "test"));
        try {
            force.apply(policy, params, Set.of());
        } catch (RuntimeException e) {
            host.close();
            throw e;
        }
        return force;
    }

    /** Compiles the text, writes the object as ELF and reads it back, as a user's file would be. */
    private static BpfObject object(String text) {
        try {
            return ObjectReader.read(PolicyObjects.elf("state.wall", text));
        } catch (ObjectFormatException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Opens another loader of the same pins. */
    static LoaderHost freshHost() {
        return LoaderHost.ofThisMachine(base());
    }

    /** Returns the folder of its pins. */
    Path pins() {
        return base().resolve("v1").resolve(name.toString());
    }

    private static Path base() {
        return Path.of("/sys/fs/bpf/rwstate-" + ProcessHandle.current().pid());
    }

    /** Upgrades to another version. */
    void upgrade(String text) {
        upgrade(text, Map.of());
    }

    void upgrade(String text, Map<String, String> params) {
        apply(PolicyObject.of(object(text)), params, Set.of());
    }

    /** Upgrades to another version whose ring the user gives this size in bytes. */
    void upgradeWithRing(String text, long bytes) {
        apply(PolicyObject.of(object(text)).withRing(bytes), Map.of(), Set.of());
    }

    /** Upgrades to another version, as from a file. */
    void upgradeFromFile(String text) {
        apply(PolicyObject.of(object(text)).fromFile(PolicyObjects.elf("state.wall", text)), Map.of(), Set.of());
    }

    /** Upgrades to another version, which is rolled back unless it is confirmed in this time. */
    void upgradeUntilConfirmed(String text, Duration time) {
        host.applier()
                .apply(request(PolicyObject.of(object(text)), Map.of(), Set.of())
                        .confirming(Optional.of(time)));
    }

    /** Confirms an upgrade, or rolls it back. */
    void end(boolean confirmed) {
        if (confirmed) {
            host.confirmer().confirm(name);
        } else {
            host.confirmer().rollBack(name);
        }
    }

    /** Returns what differs from the object in force. */
    List<String> differences() {
        return host.comparison().apply(name).differences();
    }

    /** Returns the size of the ring in bytes. */
    int ringBytes() {
        try (OpenInstance state = OpenInstance.open(host.bpf(), host.pins(), name);
                Fd map = state.map(StateNames.EVENTS).orElseThrow()) {
            return host.bpf().mapInfo(map).maxEntries();
        }
    }

    /** Upgrades to another version with the user's choices; returns the notes. */
    List<String> upgradeWith(String text, ApplyChoice... choices) {
        return host.applier()
                .apply(new ApplyRequest(
                        PolicyObject.of(object(text)),
                        name.instance(),
                        List.of(cgroup.cgroup()),
                        Map.of(),
                        Set.of(choices),
                        Set.of(),
                        Optional.empty()))
                .notes();
    }

    /** Returns whether this kernel can attach a program at a position relative to another. */
    boolean ordered() {
        try (Fd directory = host.hierarchy().open(cgroup.cgroup())) {
            return host.bpf().progQuery(directory, Hook.CONNECT4.attachType()).ordered();
        }
    }

    /** Upgrades to another version and discards the content of this state. */
    void upgradeWithout(String state, String text) {
        apply(PolicyObject.of(object(text)), Map.of(), Set.of(state));
    }

    private void apply(PolicyObject policy, Map<String, String> params, Set<String> forget) {
        host.applier().apply(request(policy, params, forget));
    }

    private ApplyRequest request(PolicyObject policy, Map<String, String> params, Set<String> forget) {
        return new ApplyRequest(
                policy,
                name.instance(),
                List.of(cgroup.cgroup()),
                new TreeMap<>(params),
                false,
                forget,
                Optional.empty());
    }

    /** Returns whether it has a map of this name; a map that no program uses is not created. */
    boolean keeps(String map) {
        try (OpenInstance state = OpenInstance.open(host.bpf(), host.pins(), name)) {
            Optional<Fd> found = state.map(map);
            found.ifPresent(Fd::close);
            return found.isPresent();
        }
    }

    void add(String set, String... entries) {
        change(set, live -> live.add(List.of(entries), now()));
    }

    void drop(String set, String... entries) {
        change(set, live -> live.remove(List.of(entries)));
    }

    void replace(String set, String... entries) {
        change(set, live -> live.replace(List.of(entries), now()));
    }

    /** Replaces the entries of a set by the commands of another host. */
    void replaceOn(LoaderHost other, String set, String... entries) {
        try (InstanceState state = other.change(name)) {
            state.live(set, live -> live.replace(List.of(entries), now()));
        }
    }

    /** Returns whether a set has an entry. */
    boolean holds(String set, String entry) {
        try (InstanceState state = host.state(name)) {
            return state.live(
                    set,
                    live -> live.list().stream().anyMatch(held -> held.text().equals(entry)));
        }
    }

    private <R> R change(String set, Function<InstanceState.LiveSet, R> work) {
        try (InstanceState state = host.change(name)) {
            return state.live(set, work);
        }
    }

    /** Sets an entry of a table by the host's words, `KEY… = DESTINATION…`. */
    void entry(String table, String... words) {
        try (InstanceState state = host.change(name)) {
            state.table(table, open -> open.set(List.of(List.of(words))));
        }
    }

    /** Replaces all entries of a table by this one. */
    void replaceEntries(String table, String... words) {
        try (InstanceState state = host.change(name)) {
            state.table(table, open -> open.replace(List.of(List.of(words))));
        }
    }

    void dropEntry(String table, String... key) {
        try (InstanceState state = host.change(name)) {
            state.table(table, open -> {
                open.remove(List.of(List.of(key)));
                return 0;
            });
        }
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }

    /**
     * Returns the rows of a counter by their keys, whose values are in the order of the key's
     * fields; `[]` for a counter without a key.
     */
    Map<String, Map<String, BigInteger>> counts(String counter) {
        try (InstanceState state = host.state(name)) {
            Map<String, Map<String, BigInteger>> rows = new HashMap<>();
            state.counts(counter)
                    .orElseThrow()
                    .forEach(row -> rows.put(row.key().values().toString(), row.values()));
            return rows;
        }
    }

    /** Returns one number of a counter; 0 if the key has no row. */
    long count(String counter, String key, String column) {
        return counts(counter)
                .getOrDefault(key, Map.of())
                .getOrDefault(column, BigInteger.ZERO)
                .longValueExact();
    }

    /** Returns the sum of a column over all keys. */
    long sum(String counter, String column) {
        return counts(counter).values().stream()
                .mapToLong(row -> Objects.requireNonNull(row.get(column)).longValueExact())
                .sum();
    }

    /** Returns how many events a counter, or `events`, has lost. */
    long lost(String what) {
        try (InstanceState state = host.state(name)) {
            Map<String, BigInteger> losses = state.losses();
            String member = what.equals("events") ? what : StateNames.counter(what);
            return Optional.ofNullable(losses.get(member))
                    .orElseThrow(() -> new IllegalStateException(member + " is not among " + losses))
                    .longValueExact();
        }
    }

    /** Returns how many entries a map has. */
    int entries(String name) {
        try (OpenInstance state = OpenInstance.open(host.bpf(), host.pins(), this.name);
                Fd map = state.map(name).orElseThrow()) {
            int size = host.bpf().mapInfo(map).valueSize();
            return MapEntries.all(host.bpf(), map, size).size();
        }
    }

    /** Returns the present tokens of every bucket, by key. */
    Map<String, Long> tokens(String rate) {
        Map<String, Long> rows = new HashMap<>();
        rate(rate)
                .rows()
                .forEach(row -> rows.put(
                        row.key().values().toString(),
                        Objects.requireNonNull(row.values().get("tokens")).longValueExact()));
        return rows;
    }

    /** Returns how many requests the shared bucket of a rate has judged. */
    long shared(String rate) {
        return rate(rate).shared().longValueExact();
    }

    private InstanceState.Tokens rate(String rate) {
        try (InstanceState state = host.state(name)) {
            return state.tokens(rate, bootTime()).orElseThrow();
        }
    }

    /** Returns CLOCK_BOOTTIME in ns. */
    long bootTime() {
        return host.host().bootTime();
    }

    /** Opens the program of the first generation at a hook. */
    Fd program(Hook hook) {
        return host.bpf().objGet(pins().resolve("g1").resolve(hook.word()));
    }

    Events events() {
        return host.events(name);
    }

    /** Returns all records that are in the ring. */
    List<Events.Explained> records() {
        try (Events stream = events()) {
            return drain(stream);
        }
    }

    static List<Events.Explained> drain(Events stream) {
        List<Events.Explained> all = new ArrayList<>();
        for (Optional<Events.Explained> one = stream.next(); one.isPresent(); one = stream.next()) {
            all.add(one.get());
        }
        return all;
    }

    /** Switches monitor mode on for this time. */
    void monitor(double seconds) {
        try (InstanceState state = host.change(name)) {
            state.monitor(new Monitoring(bootTime() + (long) (seconds * SECOND), "a test"));
        }
    }

    /** Ends monitor mode; returns whether it was on. */
    boolean enforce() {
        try (InstanceState state = host.change(name)) {
            return state.enforce(OptionalLong.of(bootTime()));
        }
    }

    @Override
    public void close() {
        host.remover().remove(name);
        host.close();
    }
}
