// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.bpf.state.TableLayout;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Table;
import org.ringwall.machine.map.KeyedMap;
import org.ringwall.machine.map.MapOfMaps;
import org.ringwall.machine.map.Maps;

/**
 * The maps of an object in the machine, created as by a loader, and filled and read as by a host. A
 * map exists only if a program references it; operations on other maps have no effect.
 */
public final class StateMaps {
    private final Maps maps;
    private final ByteOrder order;

    private StateMaps(Maps maps, ByteOrder order) {
        this.maps = maps;
        this.order = order;
    }

    /**
     * Returns new maps of an object, on a host with this many CPUs; live sets and tables are empty.
     */
    public static StateMaps of(BpfObject object, int cpus) {
        return new StateMaps(Maps.of(object, cpus).filled(), object.order());
    }

    /** Returns the maps of the machine. */
    public Maps maps() {
        return maps;
    }

    /** Whether there is a map with this name. */
    public boolean has(String map) {
        return maps.byName().containsKey(map);
    }

    /**
     * Replaces the inner maps so that all live sets and tables of the policy have exactly this
     * content.
     */
    public void fill(Policy policy, StateContent content) {
        for (LiveSet set : policy.state().liveSets()) {
            if (has(StateNames.live(set.name()))) {
                fill(set, Optional.ofNullable(content.liveSets().get(set)));
            }
        }
        for (Table table : policy.state().tables()) {
            if (has(StateNames.table(table.name()))) {
                fill(table, content.tables().getOrDefault(table, List.of()));
            }
        }
        maps.filled();
    }

    private void fill(LiveSet set, Optional<LiveMembers> members) {
        MapOfMaps outer = maps.outer(StateNames.live(set.name()));
        if (set.type() == LiveType.PORT) {
            KeyedMap inner = outer.newInner();
            members.ifPresent(ports -> ports(inner, ((LiveMembers.Numbers) ports)));
            done(outer.put(0, inner));
            return;
        }
        List<Bytes> keys = members.map(held -> new LiveEntries(order).keys(set.type(), held))
                .orElse(List.of());
        // A range is several prefixes here, but counts as one entry.
        KeyedMap inner = outer.newInner(Math.max(set.max(), keys.size()));
        keys.forEach(key -> done(inner.put(key.toArray(), new byte[LiveType.ENTRY.size()])));
        done(outer.put(0, inner));
    }

    private void ports(KeyedMap inner, LiveMembers.Numbers ports) {
        Map<Integer, Long> words = new LinkedHashMap<>();
        for (long port : LiveEntries.numbers(ports.set())) {
            words.merge((int) port / Long.SIZE, 1L << port, (one, other) -> one | other);
        }
        words.forEach((index, bits) -> done(inner.put(
                bytes(Integer.BYTES).putInt(index).array(),
                bytes(Long.BYTES).putLong(bits).array())));
    }

    private void fill(Table table, List<StateContent.Entry> entries) {
        TableLayout layout = table.layout();
        MapOfMaps outer = maps.outer(StateNames.table(table.name()));
        KeyedMap inner = outer.newInner();
        for (StateContent.Entry entry : entries) {
            Bytes key = KeyBytes.of(layout.key(), entry.key(), order);
            done(inner.put(key.toArray(), choices(layout.value(), entry.destinations())));
        }
        done(outer.put(0, inner));
    }

    private byte[] choices(StructLayout struct, List<Endpoint> destinations) {
        ByteBuffer value = bytes(struct.size());
        value.putInt(struct.offset("count"), destinations.size());
        value.position(struct.offset("to"));
        for (Endpoint to : destinations) {
            value.put(KeyBytes.address(to.address())).putInt(to.port()).putInt(0);
        }
        return value.array();
    }

    /**
     * Returns the content of a counter by key, over all CPUs and maps; a key is included if it has
     * an element.
     */
    public Map<List<KeyValue>, List<Long>> counts(Counter counter) {
        Map<List<KeyValue>, List<Long>> counts = new LinkedHashMap<>();
        for (CounterLayout layout : counter.layouts()) {
            if (has(layout.symbol())) {
                for (KeyedMap.Entry entry : maps.keyed(layout.symbol()).entries()) {
                    counts.merge(
                            key(layout.key(), entry.key()),
                            columns(counter, entry.value()),
                            (one, other) -> together(counter, one, other));
                }
            }
        }
        return counts;
    }

    /** Returns the combined columns of one key in two maps of a counter. */
    static List<Long> together(Counter counter, List<Long> one, List<Long> other) {
        List<Long> both = new ArrayList<>();
        for (int i = 0; i < one.size(); i++) {
            boolean time = counter.columns().get(i).unit() == CounterUnit.TIME;
            both.add(time ? Math.max(one.get(i), other.get(i)) : one.get(i) + other.get(i));
        }
        return both;
    }

    private List<Long> columns(Counter counter, Bytes value) {
        ByteBuffer words = value.buffer(order);
        int columns = counter.columns().size();
        Long[] sums = new Long[columns];
        java.util.Arrays.fill(sums, 0L);
        for (int at = 0; at * Long.BYTES < value.size(); at++) {
            long word = words.getLong(at * Long.BYTES);
            boolean time = counter.columns().get(at % columns).unit() == CounterUnit.TIME;
            sums[at % columns] = time ? Math.max(sums[at % columns], word) : sums[at % columns] + word;
        }
        return List.of(sums);
    }

    /**
     * Returns, by key, when the used buckets of a rate will be full again; empty if no program uses
     * the rate. A full bucket may have been given to another key since.
     */
    public Map<List<KeyValue>, Long> buckets(Rate rate) {
        String name = StateNames.rate(rate.name());
        if (!has(name)) {
            return Map.of();
        }
        List<KeyedMap.Entry> elements = maps.keyed(name).entries();
        RateLayout layout = rate.layout();
        Map<List<KeyValue>, Long> full = new LinkedHashMap<>();
        if (layout.key().isEmpty()) {
            full.put(List.of(), elements.get(0).value().buffer(order).getLong(RateLayout.BUCKET.offset("full")));
            return full;
        }
        StructLayout way = layout.way();
        int ways = layout.set().offset("ways");
        int keySize = layout.key().struct().size();
        for (int set = 0; set < layout.sets(); set++) {
            Bytes value = elements.get(set).value();
            ByteBuffer bytes = value.buffer(order);
            for (int i = 0; i < RateLayout.WAYS; i++) {
                int at = ways + i * way.size();
                long time = bytes.getLong(at + way.offset("full"));
                if (time != 0) {
                    full.put(key(layout.key(), value.slice(at, keySize)), time);
                }
            }
        }
        return full;
    }

    /** Returns how many requests the shared bucket of a rate with a key has judged. */
    public long shared(Rate rate) {
        RateLayout layout = rate.layout();
        String name = StateNames.rate(rate.name());
        return layout.key().isEmpty() || !has(name)
                ? 0
                : maps.keyed(name)
                        .entries()
                        .get(layout.shared())
                        .value()
                        .buffer(order)
                        .getLong(layout.set().offset("requests"));
    }

    /**
     * Returns the number of lost records or counts: `member` is `events`, or `counter_` and the
     * counter's name.
     */
    public long lost(Policy policy, String member) {
        if (!has(StateNames.LOST)) {
            return 0;
        }
        StructLayout struct = EventLayout.losses(
                        policy.state().counters().stream().map(Counter::layout).toList())
                .value()
                .orElseThrow();
        Bytes value = maps.keyed(StateNames.LOST).entries().get(0).value();
        long lost = 0;
        for (int at = struct.offset(member); at < value.size(); at += struct.size()) {
            lost += value.buffer(order).getLong(at);
        }
        return lost;
    }

    /** Drains the ring. */
    public List<Event> events() {
        return has(StateNames.EVENTS)
                ? maps.ring(StateNames.EVENTS).drain().stream()
                        .map(record -> Event.read(Bytes.of(record), order))
                        .toList()
                : List.of();
    }

    private List<KeyValue> key(KeyLayout layout, Bytes key) {
        return layout.isEmpty() ? List.of() : KeyBytes.read(layout, key, order);
    }

    private ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(order);
    }

    private static void done(Optional<Errno> refused) {
        refused.ifPresent(errno -> {
            throw new IllegalArgumentException("the map does not take this entry: " + errno);
        });
    }
}
