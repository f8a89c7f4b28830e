// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.RingMemory;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.state.ExchangedMap;
import org.ringwall.loader.state.MapTypes;
import org.ringwall.loader.state.OpenLiveSet;
import org.ringwall.loader.state.OpenTable;
import org.ringwall.loader.state.StateTexts;
import org.ringwall.sys.Fd;

/**
 * The maps of an instance that outlive a generation (docs/abi.md sections 3 and 4). They are pinned
 * by name, and the next generation uses them as they are, or creates a replacement with their
 * entries. A replacement has a pin of its own until the old generation is removed.
 */
public final class StateMaps {
    static final String FOLDER = "maps";

    /** The counter of records that were lost in the ring. */
    private static final String EVENTS = "events";

    /** The difference in a rate with a key, whose element count and size mean nothing to users. */
    private static final String OTHER_BUCKETS = "buckets for another key or `max`, or from an earlier compiler";

    /** The suffix of a replacement's pin; no map of an object has it in its name. */
    private static final String ANEW = "-new";

    /** The end of the name of a map that a version replaced which is not confirmed. */
    private static final String BEFORE = "-old";

    private final Bpf bpf;
    private final PinStore pins;
    private final Path instance;
    private final Path folder;
    private final Lineage lineage;

    StateMaps(Bpf bpf, PinStore pins, Path instance) {
        this.bpf = bpf;
        this.pins = pins;
        this.instance = instance;
        this.folder = instance.resolve(FOLDER);
        this.lineage = new Lineage(bpf, pins, instance);
    }

    /** The treatment of an existing map. */
    public enum Fate {
        /** The next generation uses it. */
        KEPT,
        /** It is replaced by a map with its entries. */
        CARRIED,
        /** It is replaced by an empty map. */
        FORGOTTEN
    }

    /** An existing map, open, and what happens to it. */
    public record Had(Fd map, Fate fate) {}

    /** The types, texts and choices of the next generation. */
    public record Wanted(Btf types, StateTexts texts, Set<String> forget, boolean ringChosen) {
        public Wanted {
            forget = Set.copyOf(forget);
        }

        boolean forgets(String map) {
            return forget.contains(map) || forget.contains(StateNames.shortName(map));
        }

        /**
         * Returns whether the losses of a counter, or of `events`, are forgotten together with that
         * state.
         */
        public boolean forgetsLosses(String member) {
            return forgets(member.equals(EVENTS) ? StateNames.EVENTS : member);
        }
    }

    /**
     * Returns whether a map outlives its generation. A hash of maps does not, since nothing
     * describes its entries.
     */
    public static boolean outlives(MapSpec map) {
        return map.type() != MapType.HASH_OF_MAPS
                && (map.type() != MapType.ARRAY_OF_MAPS || map.inner().isPresent());
    }

    /** Returns the names of the existing maps, including replacements of an interrupted apply. */
    public List<String> names() {
        return pins.list(folder);
    }

    /** Opens a map; empty if the instance has none of this name. */
    public Optional<Fd> open(String name) {
        if (!names().contains(name)) {
            return Optional.empty();
        }
        try {
            return Optional.of(bpf.objGet(folder.resolve(name)));
        } catch (KernelRefusedException e) {
            if (e.errno().is(Errno.ENOENT)) {
                // It was removed since the names were listed.
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Opens the existing map for a map of the next generation; empty if there is none.
     *
     * @throws InputException if its layout differs, so that its content would be lost or misread
     */
    public Optional<Had> had(MapSpec map, Wanted wanted) {
        Optional<Fd> there = open(map.name());
        if (there.isEmpty()) {
            return Optional.empty();
        }
        Fd fd = there.get();
        try {
            return Optional.of(new Had(fd, fate(map, fd, wanted)));
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /**
     * Opens the other map of a counter, which holds counts from hooks at which the next version
     * does not count; empty if there is none. Its counts are kept.
     *
     * @throws InputException if the two maps cannot be read together
     */
    public Optional<Fd> beside(MapSpec map, Wanted wanted) {
        String other = StateNames.besideOf(map.name());
        Optional<Fd> there = wanted.forgets(other) ? Optional.empty() : open(other);
        there.ifPresent(fd -> {
            Optional<String> difference = unlike(map, bpf.mapInfo(fd), wanted.types());
            if (difference.isPresent()) {
                fd.close();
                throw inTheWay(other, difference.get());
            }
        });
        return there;
    }

    /** Returns the difference between two maps of one counter, apart from the size of addresses. */
    private Optional<String> unlike(MapSpec map, MapInfo found, Btf types) {
        Btf before = MapTypes.of(bpf, found.btf());
        int key = map.keyType().orElse(0);
        int value = map.valueType().orElse(0);
        Optional<String> size = differs("values of %d bytes", found.valueSize(), map.valueSize());
        if (size.isPresent() || types.types().isEmpty()) {
            return size;
        }
        if (!TypeShape.members(types, key).equals(TypeShape.members(before, found.keyType()))) {
            return Optional.of("other key members");
        }
        return TypeShape.of(types, value).equals(TypeShape.of(before, found.valueType()))
                ? Optional.empty()
                : Optional.of("other value members");
    }

    private static InputException inTheWay(String map, String difference) {
        return new InputException(
                "the version in force has `" + map + "` with " + difference,
                "--forget " + StateNames.shortName(map) + " discards its content; or use another --instance");
    }

    private Fate fate(MapSpec map, Fd fd, Wanted wanted) {
        if (wanted.forgets(map.name())) {
            return Fate.FORGOTTEN;
        }
        if (map.type().holdsMaps() && isEmptied(fd)) {
            return Fate.FORGOTTEN;
        }
        Optional<String> difference = difference(map, fd, wanted.types(), true);
        boolean ring = map.name().equals(StateNames.EVENTS)
                && difference.isPresent()
                && difference(map, fd, wanted.types(), false).isEmpty();
        if (ring) {
            return otherRing(map, fd, wanted);
        }
        if (difference.isEmpty()) {
            return sound(map, fd, wanted) ? Fate.KEPT : Fate.CARRIED;
        }
        if (map.name().equals(StateNames.LOG_LIMITS) || map.name().equals(StateNames.HANDOVER)) {
            return Fate.FORGOTTEN;
        }
        boolean carried = map.name().equals(StateNames.LOST)
                || isOfEntries(map.name(), wanted.texts())
                        && difference(map, fd, wanted.types(), false).isEmpty();
        if (carried) {
            return Fate.CARRIED;
        }
        throw inTheWay(map.name(), isRateWithKey(map.name(), wanted.texts()) ? OTHER_BUCKETS : difference.get());
    }

    /**
     * Returns what happens to a ring of another size. It stays unless the user chose one, or the
     * object has another than the usual one. A reader that follows reads it to its end before it
     * reads the new one.
     *
     * @throws InputException if records in it would be lost
     */
    private Fate otherRing(MapSpec map, Fd fd, Wanted wanted) {
        if (!wanted.ringChosen() && map.maxEntries() == EventLayout.RING_BYTES) {
            return Fate.KEPT;
        }
        try (RingMemory memory = bpf.mapRing(fd, bpf.mapInfo(fd).maxEntries())) {
            if (memory.consumer() != memory.producer() && !isRead()) {
                throw new InputException(
                        "the ring in force has another size, and records that have not been read",
                        "read them first: ringwall events; or --forget " + StateNames.shortName(StateNames.EVENTS)
                                + " discards them");
            }
        }
        return Fate.FORGOTTEN;
    }

    /** Returns whether a process is reading the records. */
    private boolean isRead() {
        if (!pins.list(instance).contains(InstanceFolder.READER)) {
            return false;
        }
        Optional<PinStore.Lock> lock = pins.tryLock(instance.resolve(InstanceFolder.READER));
        lock.ifPresent(PinStore.Lock::close);
        return lock.isEmpty();
    }

    private static boolean isRateWithKey(String map, StateTexts texts) {
        String name = StateNames.shortName(map);
        return map.equals(StateNames.rate(name))
                && Optional.ofNullable(texts.rates().get(name))
                        .filter(text -> !text.key().isEmpty())
                        .isPresent();
    }

    /**
     * Returns whether the map may have another number of entries: live sets, tables and counters
     * with a key may.
     */
    private static boolean isOfEntries(String map, StateTexts texts) {
        String name = StateNames.shortName(map);
        return map.equals(StateNames.live(name)) && texts.lives().containsKey(name)
                || map.equals(StateNames.table(name)) && texts.tables().containsKey(name)
                || StateNames.isCounter(map)
                        && Optional.ofNullable(texts.counters().get(name))
                                .filter(text -> !text.key().isEmpty())
                                .isPresent();
    }

    /** Returns whether another loader left entry 0 of a map of maps empty. */
    private boolean isEmptied(Fd fd) {
        Optional<Fd> inner = new ExchangedMap(bpf, fd).open();
        inner.ifPresent(Fd::close);
        return inner.isEmpty();
    }

    /**
     * Returns whether all entries may be kept: none is outside the range of its set or table, and
     * no losses are to be forgotten.
     */
    private boolean sound(MapSpec map, Fd fd, Wanted wanted) {
        if (map.name().equals(StateNames.LOST)) {
            MapInfo info = bpf.mapInfo(fd);
            return MapTypes.numbers(MapTypes.of(bpf, info.btf()), info.valueType()).keySet().stream()
                    .noneMatch(wanted::forgetsLosses);
        }
        StateTexts texts = wanted.texts();
        String name = StateNames.shortName(map.name());
        if (map.name().equals(StateNames.live(name)) && texts.lives().containsKey(name)) {
            return new OpenLiveSet(bpf, fd, name, texts.lives().get(name)).sound();
        }
        return !map.name().equals(StateNames.table(name))
                || !texts.tables().containsKey(name)
                || new OpenTable(bpf, fd, name, texts.tables().get(name)).sound();
    }

    /** Returns what differs from a declaration, apart from the number of entries. */
    public Optional<String> formDifference(MapSpec map, Fd fd, Btf types) {
        return difference(map, fd, types, false);
    }

    /**
     * Returns what differs, with both values; empty if programs of both versions read the map
     * alike.
     */
    private Optional<String> difference(MapSpec map, Fd fd, Btf types, boolean entries) {
        MapInfo found = bpf.mapInfo(fd);
        if (map.inner().isPresent()) {
            Optional<Fd> inner = new ExchangedMap(bpf, fd).open();
            if (inner.isPresent()) {
                try (Fd open = inner.get()) {
                    return difference(map, found, Btf.EMPTY, true)
                            .or(() -> difference(map.inner().get(), bpf.mapInfo(open), types, entries));
                }
            }
        }
        return difference(map, found, types, entries);
    }

    private Optional<String> difference(MapSpec map, MapInfo found, Btf types, boolean entries) {
        if (found.type() != map.type().number()) {
            return Optional.of("the map type " + typed(found.type()) + ", but the new one needs "
                    + typed(map.type().number()));
        }
        return differs("keys of %d bytes", found.keySize(), map.keySize())
                .or(() -> differs("values of %d bytes", found.valueSize(), map.valueSize()))
                .or(() -> entries
                        ? differs("room for %d entries", found.maxEntries(), map.maxEntries())
                        : Optional.empty())
                .or(() -> differs("the flags %d", found.flags(), map.flags()))
                .or(() -> members(map, found, types));
    }

    private static String typed(int number) {
        return MapType.of(number).map(MapType::name).orElse(Integer.toString(number));
    }

    private Optional<String> members(MapSpec map, MapInfo found, Btf types) {
        Btf before = MapTypes.of(bpf, found.btf());
        boolean typed = !types.types().isEmpty();
        String key = typed ? TypeShape.of(types, map.keyType().orElse(0)) : "";
        String value = typed ? TypeShape.of(types, map.valueType().orElse(0)) : "";
        boolean both = map.keyType().isPresent() && map.valueType().isPresent();
        if (both && !key.equals(TypeShape.of(before, found.keyType()))) {
            return Optional.of("other key members");
        }
        return both && !value.equals(TypeShape.of(before, found.valueType()))
                ? Optional.of("other value members")
                : Optional.empty();
    }

    private static Optional<String> differs(String what, int found, int wanted) {
        return found == wanted
                ? Optional.empty()
                : Optional.of(what.formatted(Integer.toUnsignedLong(found)) + ", but the new one needs "
                        + Integer.toUnsignedLong(wanted));
    }

    /**
     * Pins the maps that the instance does not have, and replacements under names of their own. A
     * replacement that continues the counts of a map is noted before it is pinned.
     */
    public void pin(Generation generation) {
        if (!generation.fresh().isEmpty() || !generation.anew().isEmpty()) {
            pins.createFolder(folder);
        }
        generation.continued().forEach(name -> lineage.note(open(name), generation.map(name)));
        generation.fresh().forEach((name, map) -> bpf.objPin(map, folder.resolve(name)));
        generation.anew().forEach((name, map) -> bpf.objPin(map, folder.resolve(name + ANEW)));
    }

    /** Returns the record of which maps continue the counts of others. */
    Lineage lineage() {
        return lineage;
    }

    /** Returns the name of the map in an object for the name of a pin. */
    static String ofPin(String pin) {
        return pin.endsWith(ANEW) ? pin.substring(0, pin.length() - ANEW.length()) : pin;
    }

    /** Returns the names of pins that a map can have. */
    static List<String> pinsOf(String map) {
        return List.of(map, map + ANEW, map + BEFORE);
    }

    /** Returns the name of the map in an object for any name of a pin. */
    public static String anyPin(String pin) {
        return pin.endsWith(BEFORE) ? pin.substring(0, pin.length() - BEFORE.length()) : ofPin(pin);
    }

    /**
     * Gives each replacement its final name while the map that it replaces is still needed, which
     * gets a name of its own. Repeats what another process has begun.
     */
    public void putBeside() {
        List<String> names = pins.list(folder);
        for (String name : names) {
            if (name.endsWith(ANEW)) {
                String last = name.substring(0, name.length() - ANEW.length());
                if (names.contains(last)) {
                    pins.rename(folder.resolve(last), folder.resolve(last + BEFORE));
                }
                pins.rename(folder.resolve(name), folder.resolve(last));
            }
        }
    }

    /**
     * Unpins the maps that no program of a generation uses: those that a version left out or
     * replaced, or that an interrupted apply created. Then gives each replacement its final name.
     *
     * @param used whether programs of the generation use the map with an id
     */
    void keepOnly(IntPredicate used) {
        Set<String> kept = new HashSet<>();
        for (String name : pins.list(folder)) {
            Path pin = folder.resolve(name);
            boolean inUse;
            try (Fd map = bpf.objGet(pin)) {
                inUse = used.test(bpf.mapInfo(map).id());
            }
            if (inUse) {
                kept.add(name);
            } else {
                pins.unlink(pin);
            }
        }
        for (String name : kept) {
            // Both ends have the same length.
            if (name.endsWith(ANEW) || name.endsWith(BEFORE)) {
                pins.rename(folder.resolve(name), folder.resolve(name.substring(0, name.length() - ANEW.length())));
            }
        }
        if (kept.isEmpty()) {
            pins.removeFolder(folder);
        }
        lineage.keepOnly(used);
    }

    /** Returns whether the instance has no maps. */
    boolean isEmpty() {
        return pins.list(folder).isEmpty();
    }

    /** Unpins all maps. */
    void empty() {
        pins.list(folder).forEach(name -> pins.unlink(folder.resolve(name)));
        pins.removeFolder(folder);
        lineage.keepOnly(none -> false);
    }
}
