// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.CounterText;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.state.Counts;
import org.ringwall.loader.state.ExchangedMap;
import org.ringwall.loader.state.LiveSet;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.loader.state.StateTexts;
import org.ringwall.loader.state.Table;
import org.ringwall.loader.state.Variables;
import org.ringwall.sys.Fd;

/**
 * The state of an instance in force: its maps, and the texts of its newest generation that describe
 * them.
 */
public final class InstanceState implements AutoCloseable {
    private final Bpf bpf;
    private final PinStore pins;
    private final InstanceName name;
    private final InstanceFolder folder;
    private final Optional<PinStore.Lock> lock;
    private final int generation;
    private final StateTexts texts;

    private InstanceState(Bpf bpf, PinStore pins, InstanceName name, Optional<PinStore.Lock> lock, int generation) {
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
    public static InstanceState open(Bpf bpf, PinStore pins, InstanceName name) {
        if (!new Instances(bpf, pins).exists(name)) {
            throw name.absent();
        }
        return new InstanceState(bpf, pins, name, Optional.empty(), newest(new InstanceFolder(bpf, pins, name), name));
    }

    /**
     * Opens an instance to change it: brings it to rest and holds its lock until this is closed.
     */
    public static InstanceState change(Bpf bpf, PinStore pins, InstanceName name) {
        return change(bpf, pins, name, new Recovery(bpf));
    }

    public static InstanceState change(Bpf bpf, PinStore pins, InstanceName name, Recovery recovery) {
        PinStore.Lock lock = new Instances(bpf, pins).lockExisting(name);
        try {
            int generation =
                    recovery.settle(new InstanceFolder(bpf, pins, name)).orElseThrow(() -> nowhere(name));
            return new InstanceState(bpf, pins, name, Optional.of(lock), generation);
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

    /** Returns the instance's name. */
    public InstanceName name() {
        return name;
    }

    /** Returns the newest generation at the time this was opened. */
    public long generation() {
        return Integer.toUnsignedLong(generation);
    }

    /** Returns the texts with which that generation describes its state. */
    public StateTexts texts() {
        return texts;
    }

    /**
     * Refuses what needs an object of the contract.
     *
     * @param what it would show or change, in the plural
     * @throws InputException if the instance is of a plain object
     */
    public InstanceState withContract(String what) {
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
        var rodata = folder.generation(of).resolve(InstanceFolder.RODATA);
        if (!pins.list(folder.generation(of)).contains(InstanceFolder.RODATA)) {
            return Optional.empty();
        }
        try (Fd map = bpf.objGet(rodata)) {
            return Optional.of(StateTexts.of(Variables.of(bpf, map)));
        }
    }

    /** Returns the programs of the newest generation, by hook. */
    public Map<Hook, ProgInfo> programs() {
        Map<Hook, ProgInfo> found = new TreeMap<>();
        for (Hook hook : folder.programs(generation)) {
            try (Fd program = bpf.objGet(folder.generation(generation).resolve(hook.word()))) {
                found.put(hook, bpf.progInfo(program));
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

    /**
     * Returns the counts of a counter, by key; empty if the policy has no such counter, or no rule
     * counts in it.
     */
    public Optional<List<Counts.Row>> counts(String counter) {
        CounterText text = texts.counters().get(counter);
        return text == null
                ? Optional.empty()
                : ofCounter(
                        counter,
                        maps -> maps.isEmpty() ? Optional.empty() : Optional.of(new Counts(bpf).counter(maps, text)));
    }

    /**
     * Returns the number of keys of a counter; 0 if it has no key.
     *
     * @param most the number at which counting ends
     */
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

    /**
     * An open map of a counter.
     *
     * @param counter its name in the policy
     * @param id the kernel's id of the map
     * @param first the id of the map in which its counts began; an upgrade may have copied them
     * @param evicts whether the kernel removes keys to make room for others
     */
    public record CounterMap(String counter, CounterText text, int id, int first, boolean evicts, Fd map) {}

    /**
     * Opens the maps in which the newest generation counts, which the caller closes. Empty while an
     * upgrade copies counts into a replacement: then a count may be in the old map and not in the
     * copy.
     */
    public Optional<List<CounterMap>> counterMaps() {
        IntPredicate used =
                folder.uses(generation, () -> folder.links(generation).values());
        List<CounterMap> found = new ArrayList<>();
        boolean copying = false;
        try {
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
                    boolean evicts = info.type() == MapType.LRU_PERCPU_HASH.number();
                    int first = folder.maps().lineage().first(info.id());
                    found.add(new CounterMap(StateNames.shortName(name), text, info.id(), first, evicts, map.get()));
                } else {
                    map.get().close();
                    copying |= !pin.equals(name);
                }
            }
        } catch (RuntimeException e) {
            found.forEach(counter -> counter.map().close());
            throw e;
        }
        if (copying) {
            found.forEach(counter -> counter.map().close());
            return Optional.empty();
        }
        return Optional.of(found);
    }

    /**
     * Returns whether this generation is still the newest one, counts in these maps and no others,
     * and no upgrade copies its counts, so that what was read from {@link #counterMaps} before this
     * call is in every later map too.
     */
    public boolean countsIn(List<CounterMap> read) {
        Optional<ControlWord> control = folder.openControl();
        if (control.isEmpty()) {
            return false;
        }
        try (ControlWord word = control.get()) {
            boolean newest = word.hi() == generation;
            Optional<List<CounterMap>> maps = newest ? counterMaps() : Optional.empty();
            maps.ifPresent(open -> open.forEach(counter -> counter.map().close()));
            return maps.map(InstanceState::ids).equals(Optional.of(ids(read)));
        }
    }

    private static Set<Integer> ids(List<CounterMap> maps) {
        return maps.stream().map(CounterMap::id).collect(Collectors.toSet());
    }

    /** Opens a live set for the duration of the work. */
    public <R> R live(String set, Work<LiveSet, R> work) {
        return with(
                "live set",
                set,
                texts.lives(),
                StateNames.live(set),
                (map, text) -> new LiveSet(bpf, following(map, StateNames.live(set)), set, text),
                work);
    }

    /** Opens a table for the duration of the work. */
    public <R> R table(String table, Work<Table, R> work) {
        return with(
                "table",
                table,
                texts.tables(),
                StateNames.table(table),
                (map, text) -> new Table(bpf, following(map, StateNames.table(table)), table, text),
                work);
    }

    private ExchangedMap following(Fd map, String name) {
        return new ExchangedMap(bpf, map, folder.indexes().follower(name));
    }

    /** A function of an open live set or table. */
    public interface Work<T, R> {
        R with(T open);
    }

    private interface Opening<T, X> {
        X open(Fd map, T text);
    }

    private <T, X, R> R with(
            String kind, String wanted, Map<String, T> known, String map, Opening<T, X> opening, Work<X, R> work) {
        withContract(kind + "s");
        T text = known.get(wanted);
        if (text == null) {
            throw new InputException(
                    "`" + name + "` has no " + kind + " `" + Printable.of(wanted) + "`",
                    known.isEmpty() ? "its policy declares none" : "it has: " + String.join(", ", known.keySet()));
        }
        Optional<Fd> open = map(map);
        if (open.isEmpty()) {
            throw new InputException(
                    "no rule of `" + name + "` uses `" + wanted + "`, so it is empty", "see: ringwallc check");
        }
        try (Fd fd = open.get()) {
            return work.with(opening.open(fd, text));
        }
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

    /**
     * Begins monitor mode, or changes its end and reason.
     *
     * @throws InputException if the policy is not in force on any cgroup
     */
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

    /** Ends monitor mode. Returns whether it was active and had not ended by itself. */
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
