package org.ringwall.loader.apply;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.state.ExchangedMap;
import org.ringwall.loader.state.LiveSet;
import org.ringwall.loader.state.MapTypes;
import org.ringwall.loader.state.StateTexts;
import org.ringwall.loader.state.Table;
import org.ringwall.loader.sys.Fd;

/**
 * The maps of an instance that outlive a generation: pinned under their own names, and handed to the next one as they are, or
 * made anew with their entries (docs/abi.md sections 3 and 4). What is made anew is pinned beside the old one under a name of
 * its own until the old generation is gone.
 */
final class StateMaps {
    private static final String FOLDER = "maps";

    /** What counts records that found no room. */
    private static final String EVENTS = "events";

    /** What differs in a rate with a key, where the number of elements and the size of one mean nothing to users. */
    private static final String OTHER_BUCKETS = "buckets for another key or `max`, or of an earlier compiler";

    /** No map of an object has this in its name. */
    private static final String ANEW = "-new";

    private final Bpf bpf;
    private final PinStore pins;
    private final Path folder;

    StateMaps(Bpf bpf, PinStore pins, Path instance) {
        this.bpf = bpf;
        this.pins = pins;
        this.folder = instance.resolve(FOLDER);
    }

    /** What becomes of a map that the instance has. */
    enum Fate {
        /** The next generation uses it. */
        KEPT,
        /** Another one is made, with its entries. */
        CARRIED,
        /** Another one is made. */
        FORGOTTEN
    }

    /** A map that the instance has, open, and what becomes of it. */
    record Had(Fd map, Fate fate) {}

    /** What the next generation says of its state. */
    record Wanted(Btf types, StateTexts texts, Set<String> forget) {
        Wanted {
            forget = Set.copyOf(forget);
        }

        boolean forgets(String map) {
            return forget.contains(map) || forget.contains(shortName(map));
        }

        /** Whether what found no room is forgotten with the state that had none: a counter, or `events`. */
        boolean forgetsLosses(String member) {
            return forgets(member.equals(EVENTS) ? StateNames.EVENTS : member);
        }
    }

    /** Whether a map outlives its generation: of a hash of maps nothing says what they are. */
    static boolean outlives(MapSpec map) {
        return map.type() != MapType.HASH_OF_MAPS
                && (map.type() != MapType.ARRAY_OF_MAPS || map.inner().isPresent());
    }

    /** What a policy calls the map. */
    static String shortName(String map) {
        for (String prefix : List.of(
                StateNames.live(""),
                StateNames.table(""),
                StateNames.counter(""),
                StateNames.counter4(""),
                StateNames.rate(""))) {
            if (map.startsWith(prefix)) {
                return map.substring(prefix.length());
            }
        }
        return map;
    }

    /** Whether a policy calls the map a counter. */
    static boolean isCounter(String map) {
        String name = shortName(map);
        return map.equals(StateNames.counter(name)) || map.equals(StateNames.counter4(name));
    }

    /** The names of the maps that are there, those that an interrupted apply made beside them too. */
    List<String> names() {
        return pins.list(folder);
    }

    /** Opens one of them; empty where the instance has none of this name. */
    Optional<Fd> open(String name) {
        return names().contains(name) ? Optional.of(bpf.objGet(folder.resolve(name))) : Optional.empty();
    }

    /**
     * Opens the map that the instance has for one that is wanted. One of another layout is an {@link InputException}: what is
     * in it would be lost, or misread.
     */
    Optional<Had> had(MapSpec map, Wanted wanted) {
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
     * Opens the map in which a counter has counted at hooks that the next version does not count at, so that its counts stay beside
     * those of the map that is wanted; empty where the instance has none. One that cannot be read beside it is an
     * {@link InputException}.
     */
    Optional<Fd> beside(MapSpec map, Wanted wanted) {
        String other = besideOf(map.name());
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

    /** The other map of a counter. */
    static String besideOf(String map) {
        String name = shortName(map);
        return map.equals(StateNames.counter(name)) ? StateNames.counter4(name) : StateNames.counter(name);
    }

    /** What differs in two maps of one counter, beside how they hold addresses. */
    private Optional<String> unlike(MapSpec map, MapInfo found, Btf types) {
        Btf before = MapTypes.of(bpf, found.btf());
        int key = map.keyType().orElse(0);
        int value = map.valueType().orElse(0);
        Optional<String> size = differs("values of %d bytes", found.valueSize(), map.valueSize());
        if (size.isPresent() || types.types().isEmpty()) {
            return size;
        }
        if (!TypeShape.members(types, key).equals(TypeShape.members(before, found.keyType()))) {
            return Optional.of("keys of other members");
        }
        return TypeShape.of(types, value).equals(TypeShape.of(before, found.valueType()))
                ? Optional.empty()
                : Optional.of("values of other members");
    }

    private static InputException inTheWay(String map, String difference) {
        return new InputException(
                "the version in force keeps `" + map + "` with " + difference,
                "--forget " + shortName(map) + " forgets what is in it; or take another --instance");
    }

    private Fate fate(MapSpec map, Fd fd, Wanted wanted) {
        if (wanted.forgets(map.name())) {
            return Fate.FORGOTTEN;
        }
        if (map.type().holdsMaps() && isEmptied(fd)) {
            return Fate.FORGOTTEN;
        }
        Optional<String> difference = difference(map, fd, wanted.types(), true);
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

    private static boolean isRateWithKey(String map, StateTexts texts) {
        String name = shortName(map);
        return map.equals(StateNames.rate(name))
                && Optional.ofNullable(texts.rates().get(name))
                        .filter(text -> !text.key().isEmpty())
                        .isPresent();
    }

    /** Live sets, tables and counters with a key may have another number of entries. */
    private static boolean isOfEntries(String map, StateTexts texts) {
        String name = shortName(map);
        return map.equals(StateNames.live(name)) && texts.lives().containsKey(name)
                || map.equals(StateNames.table(name)) && texts.tables().containsKey(name)
                || isCounter(map)
                        && Optional.ofNullable(texts.counters().get(name))
                                .filter(text -> !text.key().isEmpty())
                                .isPresent();
    }

    /** Whether another loader left the place for a map empty. */
    private boolean isEmptied(Fd fd) {
        Optional<Fd> inner = new ExchangedMap(bpf, fd).open();
        inner.ifPresent(Fd::close);
        return inner.isEmpty();
    }

    /** Whether all that is in it may stay: entries in a set of another range, losses of what is not forgotten. */
    private boolean sound(MapSpec map, Fd fd, Wanted wanted) {
        if (map.name().equals(StateNames.LOST)) {
            MapInfo info = bpf.mapInfo(fd);
            return MapTypes.numbers(MapTypes.of(bpf, info.btf()), info.valueType()).keySet().stream()
                    .noneMatch(wanted::forgetsLosses);
        }
        StateTexts texts = wanted.texts();
        String name = shortName(map.name());
        if (map.name().equals(StateNames.live(name)) && texts.lives().containsKey(name)) {
            return new LiveSet(bpf, fd, name, texts.lives().get(name)).sound();
        }
        return !map.name().equals(StateNames.table(name))
                || !texts.tables().containsKey(name)
                || new Table(bpf, fd, name, texts.tables().get(name)).sound();
    }

    /** What differs, with both numbers; empty where a program of either version reads the map alike. */
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
            return Optional.of("the map type " + typed(found.type()) + ", and the new one wants "
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
            return Optional.of("keys of other members");
        }
        return both && !value.equals(TypeShape.of(before, found.valueType()))
                ? Optional.of("values of other members")
                : Optional.empty();
    }

    private static Optional<String> differs(String what, int found, int wanted) {
        return found == wanted
                ? Optional.empty()
                : Optional.of(what.formatted(Integer.toUnsignedLong(found)) + ", and the new one wants "
                        + Integer.toUnsignedLong(wanted));
    }

    /** Pins the maps of a generation that the instance has not, and those that are to stand in the place of others. */
    void pin(Map<String, Fd> fresh, Map<String, Fd> anew) {
        if (!fresh.isEmpty() || !anew.isEmpty()) {
            pins.createFolder(folder);
        }
        fresh.forEach((name, map) -> bpf.objPin(map, folder.resolve(name)));
        anew.forEach((name, map) -> bpf.objPin(map, folder.resolve(name + ANEW)));
    }

    /**
     * Unpins what no program of a generation uses: what a version left out, what it put another one in the place of, or what
     * an interrupted apply made. Then every map has its own name.
     */
    void keepOnly(Set<Integer> mapIds) {
        Set<String> kept = new HashSet<>();
        for (String name : pins.list(folder)) {
            Path pin = folder.resolve(name);
            boolean used;
            try (Fd map = bpf.objGet(pin)) {
                used = mapIds.contains(bpf.mapInfo(map).id());
            }
            if (used) {
                kept.add(name);
            } else {
                pins.unlink(pin);
            }
        }
        for (String name : kept) {
            if (name.endsWith(ANEW)) {
                pins.rename(folder.resolve(name), folder.resolve(name.substring(0, name.length() - ANEW.length())));
            }
        }
        if (kept.isEmpty()) {
            pins.removeFolder(folder);
        }
    }

    /** Whether the instance keeps none. */
    boolean isEmpty() {
        return pins.list(folder).isEmpty();
    }

    /** Unpins all. */
    void empty() {
        pins.list(folder).forEach(name -> pins.unlink(folder.resolve(name)));
        pins.removeFolder(folder);
    }
}
