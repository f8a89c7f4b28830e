// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.CounterText;
import org.ringwall.bpf.state.RateText;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.bpf.RingMemory;
import org.ringwall.loader.model.Counter;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.state.Counts;
import org.ringwall.loader.state.ExchangedMap;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.loader.state.OpenLiveSet;
import org.ringwall.loader.state.OpenTable;
import org.ringwall.loader.state.StateTexts;
import org.ringwall.loader.state.Variables;
import org.ringwall.sys.Fd;

/**
 * The state of an instance in force: its maps, and the texts of its newest generation that describe
 * them.
 */
public final class OpenInstance implements InstanceState {
    private final Bpf bpf;
    private final PinStore pins;
    private final InstanceName name;
    private final InstanceFolder folder;
    private final Optional<PinStore.Lock> lock;
    private final int generation;
    private final StateTexts texts;

    private OpenInstance(Bpf bpf, PinStore pins, InstanceName name, Optional<PinStore.Lock> lock, int generation) {
        this.bpf = bpf;
        this.pins = pins;
        this.name = name;
        this.folder = new InstanceFolder(bpf, pins, name);
        this.lock = lock;
        this.generation = generation;
        this.texts = (folder.isPlain() ? Optional.of(StateTexts.of(Map.of())) : texts(generation))
                .orElseThrow(() -> new HostException(
                        "`" + name + "` is being replaced or removed",
                        "try again; ringwall status shows what is in force"));
    }

    /** Opens an instance to read it, while others may change it. */
    public static OpenInstance open(Bpf bpf, PinStore pins, InstanceName name) {
        if (!new Instances(bpf, pins).exists(name)) {
            throw name.absent();
        }
        return new OpenInstance(bpf, pins, name, Optional.empty(), newest(new InstanceFolder(bpf, pins, name), name));
    }

    /**
     * Opens an instance to change it: brings it to rest and holds its lock until this is closed.
     */
    public static OpenInstance change(Bpf bpf, PinStore pins, InstanceName name) {
        return change(bpf, pins, name, new Recovery(bpf));
    }

    public static OpenInstance change(Bpf bpf, PinStore pins, InstanceName name, Recovery recovery) {
        PinStore.Lock lock = new Instances(bpf, pins).lockExisting(name);
        try {
            int generation =
                    recovery.settle(new InstanceFolder(bpf, pins, name)).orElseThrow(() -> nowhere(name));
            return new OpenInstance(bpf, pins, name, Optional.of(lock), generation);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static int newest(InstanceFolder folder, InstanceName name) {
        try (ControlWord word = folder.openControl().orElseThrow(() -> nowhere(name))) {
            if (word.hi() == 0) {
                throw nowhere(name);
            }
            return word.hi();
        }
    }

    private static InputException nowhere(InstanceName name) {
        return new InputException(
                "`" + name + "` is not in force", "apply it first: ringwall apply OBJ.o --cgroup PATH");
    }

    @Override
    public InstanceName name() {
        return name;
    }

    @Override
    public long generation() {
        return Integer.toUnsignedLong(generation);
    }

    /** Returns the texts with which that generation describes its state. */
    public StateTexts texts() {
        return texts;
    }

    @Override
    public OpenInstance withContract(String what) {
        if (folder.isPlain()) {
            throw new InputException(
                    "`" + name + "` is a plain object, which has no " + what,
                    "its programs and maps are pinned in " + folder.generation(generation)
                            + "; bpftool shows and changes them");
        }
        return this;
    }

    /** Returns the texts of a generation; empty if its pins were removed. */
    public Optional<StateTexts> texts(int of) {
        return folder.open(folder.generation(of).resolve(InstanceFolder.RODATA)).map(map -> {
            try (map) {
                return StateTexts.of(Variables.of(bpf, map));
            }
        });
    }

    @Override
    public Map<String, Program> programs() {
        Map<String, Program> found = new LinkedHashMap<>();
        for (Hook hook : new TreeSet<>(folder.programs(generation))) {
            try (Fd program = bpf.objGet(folder.generation(generation).resolve(hook.word()))) {
                ProgInfo info = bpf.progInfo(program);
                found.put(hook.word(), new Program(info.id(), info.tag(), info.name(), info.runs(), info.runTime()));
            }
        }
        return found;
    }

    /** Returns the generations that have pins. */
    public List<Integer> generations() {
        return folder.generations();
    }

    /** Opens one of the instance's maps; empty if it has none of this name. */
    public Optional<Fd> map(String map) {
        return folder.maps().open(map);
    }

    @Override
    public List<Counter> counters() {
        return texts.counters().entrySet().stream()
                .map(text -> StateTexts.counter(text.getKey(), text.getValue()))
                .toList();
    }

    @Override
    public Optional<List<Row>> counts(String counter) {
        CounterText text = texts.counters().get(counter);
        return text == null
                ? Optional.empty()
                : ofCounter(
                        counter,
                        maps -> maps.isEmpty() ? Optional.empty() : Optional.of(new Counts(bpf).counter(maps, text)));
    }

    @Override
    public int keys(String counter, int most) {
        CounterText text = texts.counters().get(counter);
        if (text == null || text.key().isEmpty()) {
            return 0;
        }
        return ofCounter(counter, maps -> {
            int keys = 0;
            for (Fd map : maps) {
                keys += MapEntries.count(bpf, map, most - keys);
            }
            return keys;
        });
    }

    private <T> T ofCounter(String counter, Function<List<Fd>, T> reader) {
        List<Fd> maps = new ArrayList<>();
        try {
            map(StateNames.counter(counter)).ifPresent(maps::add);
            map(StateNames.counter4(counter)).ifPresent(maps::add);
            return reader.apply(maps);
        } finally {
            maps.forEach(Fd::close);
        }
    }

    /** An open map of a counter. */
    private record OpenMap(Bpf bpf, CounterText text, Counter counter, int id, int first, boolean evicts, Fd map)
            implements CounterMap {
        @Override
        public List<Row> counts() {
            return new Counts(bpf).counter(List.of(map), text);
        }

        @Override
        public void close() {
            map.close();
        }
    }

    @Override
    public Optional<Map<CounterMap, List<Row>>> counterMaps() {
        List<CounterMap> open = new ArrayList<>();
        boolean whole = false;
        try {
            whole = openCounters(open);
            Map<CounterMap, List<Row>> counts = new LinkedHashMap<>();
            if (whole) {
                open.forEach(counter -> counts.put(counter, counter.counts()));
                whole = countsIn(open);
            }
            return whole ? Optional.of(counts) : Optional.empty();
        } finally {
            if (!whole) {
                open.forEach(CounterMap::close);
            }
        }
    }

    /** Opens the maps in which the generation counts. Returns whether no upgrade copies counts. */
    private boolean openCounters(List<CounterMap> found) {
        IntPredicate used =
                folder.uses(generation, () -> folder.links(generation).values());
        boolean copying = false;
        for (String pin : folder.maps().names()) {
            String name = StateMaps.ofPin(pin);
            CounterText text = texts.counters().get(StateNames.shortName(name));
            if (text == null || !StateNames.isCounter(name)) {
                continue;
            }
            Optional<Fd> map = map(pin);
            if (map.isEmpty()) {
                // An upgrade has renamed or removed it since the names were listed.
                copying = true;
                continue;
            }
            MapInfo info = bpf.mapInfo(map.get());
            if (used.test(info.id())) {
                found.add(new OpenMap(
                        bpf,
                        text,
                        StateTexts.counter(StateNames.shortName(name), text),
                        info.id(),
                        folder.maps().lineage().first(info.id()),
                        info.type() == MapType.LRU_PERCPU_HASH.number(),
                        map.get()));
            } else {
                map.get().close();
                copying |= !pin.equals(name);
            }
        }
        return !copying;
    }

    /**
     * Returns whether this generation is still the newest one, counts in these maps and no others,
     * and no upgrade copies its counts, so that what was read from them before this call is in
     * every later map too.
     */
    private boolean countsIn(List<CounterMap> read) {
        Optional<ControlWord> control = folder.openControl();
        if (control.isEmpty()) {
            return false;
        }
        List<CounterMap> now = new ArrayList<>();
        try (ControlWord word = control.get()) {
            return word.hi() == generation && openCounters(now) && ids(now).equals(ids(read));
        } finally {
            now.forEach(CounterMap::close);
        }
    }

    private static Set<Integer> ids(List<CounterMap> maps) {
        return maps.stream().map(CounterMap::id).collect(Collectors.toSet());
    }

    @Override
    public List<Rate> rates() {
        return texts.rates().entrySet().stream()
                .map(rate -> new Rate(
                        rate.getKey(),
                        rate.getValue().key(),
                        rate.getValue().interval(),
                        rate.getValue().burst(),
                        rate.getValue().text()))
                .toList();
    }

    @Override
    public Optional<Tokens> tokens(String rate, long now) {
        RateText text = texts.rates().get(rate);
        Counts counts = new Counts(bpf);
        return text == null
                ? Optional.empty()
                : reading(
                        StateNames.rate(rate),
                        map -> new Tokens(counts.rate(map, text, now), counts.shared(map, text)));
    }

    @Override
    public Map<String, BigInteger> losses() {
        return reading(StateNames.LOST, new Counts(bpf)::losses).orElse(Map.of());
    }

    @Override
    public Optional<Ring> ring() {
        return reading(StateNames.EVENTS, map -> {
            try (RingMemory ring = bpf.mapRing(map, bpf.mapInfo(map).maxEntries())) {
                // Read first, so that it is not after what was written.
                long read = ring.consumer();
                return new Ring(ring.producer(), read, ring.size());
            }
        });
    }

    private <T> Optional<T> reading(String map, Function<Fd, T> reader) {
        Optional<Fd> open = map(map);
        if (open.isEmpty()) {
            return Optional.empty();
        }
        try (Fd fd = open.get()) {
            return Optional.of(reader.apply(fd));
        }
    }

    @Override
    public <R> R live(String set, Function<LiveSet, R> work) {
        return with(
                "live set",
                set,
                texts.lives(),
                StateNames.live(set),
                (map, text) -> new OpenLiveSet(bpf, following(map, StateNames.live(set)), set, text),
                work);
    }

    @Override
    public <R> R table(String table, Function<Table, R> work) {
        return with(
                "table",
                table,
                texts.tables(),
                StateNames.table(table),
                (map, text) -> new OpenTable(bpf, following(map, StateNames.table(table)), table, text),
                work);
    }

    private ExchangedMap following(Fd map, String name) {
        return new ExchangedMap(bpf, map, folder.indexes().follower(name));
    }

    private interface Opening<T, X> {
        X open(Fd map, T text);
    }

    private <T, X, R> R with(
            String kind, String wanted, Map<String, T> known, String map, Opening<T, X> opening, Function<X, R> work) {
        withContract(kind + "s");
        T text = known.get(wanted);
        if (text == null) {
            throw new InputException(
                    "`" + name + "` has no " + kind + " `" + Printable.of(wanted) + "`",
                    known.isEmpty() ? "its policy declares none" : "it has: " + String.join(", ", known.keySet()));
        }
        return reading(map, open -> work.apply(opening.open(open, text)))
                .orElseThrow(() -> new InputException(
                        "no rule of `" + name + "` uses `" + wanted + "`, so it is empty", "see: ringwallc check"));
    }

    /**
     * Returns the reason and the end of monitor mode; empty if it is not active. If the time is
     * unknown, monitor mode is assumed not to have ended.
     */
    public static Optional<Monitoring> monitoring(InstanceFolder folder, ControlWord word, OptionalLong now) {
        OptionalLong until = word.monitorUntil();
        return until.isPresent() && (now.isEmpty() || until.getAsLong() > now.getAsLong())
                ? Optional.of(new Monitoring(until.getAsLong(), folder.reason()))
                : Optional.empty();
    }

    @Override
    public void monitor(Monitoring monitoring) {
        withContract("monitor mode");
        if (!folder.linksOf(generation).anyAttached(any -> true)) {
            throw nowhere(name);
        }
        folder.refuseUnconfirmed();
        try (ControlWord word = folder.openControl().orElseThrow(() -> nowhere(name))) {
            folder.keepReason(monitoring.reason());
            word.monitor(monitoring.until());
            bpf.barrier();
        }
    }

    @Override
    public boolean enforce(OptionalLong now) {
        withContract("monitor mode");
        // The callback of the timer changes the word that this would change.
        folder.refuseUnconfirmed();
        try (ControlWord word = folder.openControl().orElseThrow(() -> nowhere(name))) {
            boolean was = monitoring(folder, word, now).isPresent();
            word.enforce();
            bpf.barrier();
            folder.dropReason();
            return was;
        }
    }

    /** Becomes the only reader of the instance's records; empty if there is another reader. */
    public Optional<PinStore.Lock> tryRead() {
        pins.createFolder(folder.reader());
        return pins.tryLock(folder.reader());
    }

    /** Returns the folder whose lock the reader of the records holds. */
    public java.nio.file.Path reader() {
        return folder.reader();
    }

    /** Returns whether the instance still exists. */
    public boolean exists() {
        return new Instances(bpf, pins).exists(name);
    }

    @Override
    public void close() {
        lock.ifPresent(PinStore.Lock::close);
    }
}
