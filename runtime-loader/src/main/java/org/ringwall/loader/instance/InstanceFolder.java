// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Provenance;
import org.ringwall.sys.Fd;

/** The pins of one instance (docs/abi.md section 4), complete or not, created by any process. */
public final class InstanceFolder {
    private static final String CONTROL = "control";
    public static final String RODATA = "rodata";
    static final String READER = "reader";
    private static final String REASON = "reason";
    private static final String NEXT_REASON = "reason-next";
    private static final String APPLIED = "applied";
    private static final String OBJECT = "object";
    private static final String BUNDLE = "bundle";
    private static final String ACCEPTED = "accepted";
    private static final String JOINED = "joined";
    private static final String ROLLBACK = "rollback";
    private static final String PLAIN = "plain";
    /** The prefixes of the names of pins of a plain object's maps and data. */
    private static final String MAP = "map-";

    private static final String DATA = "data-";
    private static final List<String> HOOKS =
            Arrays.stream(Hook.values()).map(Hook::word).toList();
    private static final Pattern CGROUP = Pattern.compile("[1-9][0-9]{0,18}");
    private static final Pattern GENERATION = Pattern.compile("g[1-9][0-9]{0,9}");

    private final Bpf bpf;
    private final PinStore pins;
    private final Path folder;

    public InstanceFolder(Bpf bpf, PinStore pins, InstanceName name) {
        this.bpf = bpf;
        this.pins = pins;
        this.folder = pins.root().resolve(name.toString());
    }

    public Path path() {
        return folder;
    }

    public Path control() {
        return folder.resolve(CONTROL);
    }

    public Path generation(int generation) {
        return folder.resolve("g" + Integer.toUnsignedString(generation));
    }

    /**
     * Opens the control word; empty if there is none. If its pin was removed, the control map of
     * the attached programs is used, since they decide with or without a pin.
     */
    public Optional<ControlWord> openControl() {
        if (hasControlPin()) {
            return Optional.of(ControlWord.of(bpf, bpf.objGet(control())));
        }
        for (int generation : generations()) {
            if (!linksOf(generation).anyAttached(any -> true)) {
                continue;
            }
            for (int id : mapsUsed(generation, links(generation).values())) {
                Fd map = bpf.mapById(id);
                MapInfo info = bpf.mapInfo(map);
                // A plain object may have a map of the same form.
                if (ControlWord.isOne(info) && (!isPlain() || info.name().equals(ControlWord.NAME))) {
                    return Optional.of(ControlWord.of(bpf, map));
                }
                map.close();
            }
        }
        return Optional.empty();
    }

    /** Returns whether the control map is pinned. */
    boolean hasControlPin() {
        return pins.list(folder).contains(CONTROL);
    }

    /** Records, before anything of it is pinned, that the instance is of plain objects. */
    public void keepPlain() {
        pins.createFolder(folder.resolve(PLAIN));
    }

    /** Returns whether the instance is of plain objects (docs/abi.md section 8). */
    public boolean isPlain() {
        return pins.exists(folder.resolve(PLAIN));
    }

    /** Pins the maps and the data of a plain object with its programs. */
    public void pinMaps(int generation, Generation loaded) {
        for (String name : loaded.mapNames()) {
            boolean data = name.startsWith(".");
            // Sections with longer names have dots, which bpffs rejects.
            if (!data || name.indexOf('.', 1) < 0) {
                String pin = data ? DATA + name.substring(1) : MAP + name;
                bpf.objPin(loaded.map(name), generation(generation).resolve(pin));
            }
        }
    }

    /** Returns the folder whose lock the reader of the ring holds. */
    Path reader() {
        return folder.resolve(READER);
    }

    /**
     * Stores the reason for monitor mode in place of the previous one, which stays if this is
     * refused.
     */
    public void keepReason(String reason) {
        Path next = folder.resolve(NEXT_REASON);
        pins.unlink(next);
        try (Fd map = ReasonMap.create(bpf, reason)) {
            bpf.objPin(map, next);
        }
        pins.rename(next, folder.resolve(REASON));
    }

    /** Returns the reason for monitor mode; empty if none was given. */
    public String reason() {
        if (!pins.list(folder).contains(REASON)) {
            return "";
        }
        try (Fd map = bpf.objGet(folder.resolve(REASON))) {
            return ReasonMap.read(bpf, map);
        }
    }

    public void dropReason() {
        pins.unlink(folder.resolve(NEXT_REASON));
        pins.unlink(folder.resolve(REASON));
    }

    /** Removes what an interrupted change of the reason left. */
    void settleReason(boolean monitored) {
        List<String> names = pins.list(folder);
        if (names.contains(NEXT_REASON)) {
            pins.unlink(folder.resolve(NEXT_REASON));
        }
        if (!monitored && names.contains(REASON)) {
            pins.unlink(folder.resolve(REASON));
        }
    }

    /** Stores the origin of a generation among its pins, before it is in force. */
    public void keepProvenance(int generation, Provenance origin) {
        try (Fd map = ProvenanceMap.create(bpf, origin)) {
            bpf.objPin(map, generation(generation).resolve(APPLIED));
        }
    }

    /** Returns the origin of a generation; empty if an earlier version of the loader applied it. */
    public Optional<Provenance> provenance(int generation) {
        return open(generation(generation).resolve(APPLIED)).flatMap(map -> {
            try (map) {
                return ProvenanceMap.read(bpf, map);
            }
        });
    }

    /** Stores a copy of a generation's object file among its pins. */
    public void keepObject(int generation, byte[] file) {
        keep(generation, OBJECT, file);
    }

    /** Returns the copy of a generation's object file; empty if there is none. */
    public Optional<byte[]> object(int generation) {
        return kept(generation, OBJECT);
    }

    /** Stores the manifest and the signatures of the bundle with a generation's object. */
    public void keepBundle(int generation, byte[] archive) {
        keep(generation, BUNDLE, archive);
    }

    /**
     * Returns the archive with the manifest and the signatures of the bundle with a generation's
     * object; empty if there is none.
     */
    public Optional<byte[]> bundle(int generation) {
        return kept(generation, BUNDLE);
    }

    /** Returns the origin of a generation; empty if none is recorded. */
    public Optional<RecordedAdmission.Origin> origin(int generation) {
        return provenance(generation)
                .map(from ->
                        new RecordedAdmission.Origin(from, bundle(generation).map(Bytes::of)));
    }

    private void keep(int generation, String what, byte[] file) {
        try (Fd map = KeptFile.create(bpf, "ringwall_" + what, file)) {
            bpf.objPin(map, generation(generation).resolve(what));
        }
    }

    private Optional<byte[]> kept(int generation, String what) {
        return open(generation(generation).resolve(what)).map(map -> {
            try (map) {
                return KeptFile.read(bpf, map);
            }
        });
    }

    /** Opens a pin; empty if there is none of this name. */
    public Optional<Fd> open(Path pin) {
        try {
            return Optional.of(bpf.objGet(pin));
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.ENOENT)) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /**
     * Returns the programs of other owners that the user has accepted, by
     * {@code LaterPrograms.Overriding.name}.
     */
    public Set<String> accepted() {
        return Set.copyOf(pins.list(folder.resolve(ACCEPTED)));
    }

    /**
     * Stores which programs the user has accepted in place of the previous ones: an empty folder
     * for each.
     */
    public void keepAccepted(Set<String> names) {
        Path where = folder.resolve(ACCEPTED);
        pins.list(where).stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> pins.removeFolder(where.resolve(name)));
        names.forEach(name -> pins.createFolder(where.resolve(name)));
        if (names.isEmpty()) {
            pins.removeFolder(where);
        }
    }

    /** Returns the ids of the cgroups that joined by themselves. */
    public Set<Long> joined() {
        return pins.list(folder.resolve(JOINED)).stream()
                .filter(name -> CGROUP.matcher(name).matches())
                .map(Long::parseUnsignedLong)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Records that a cgroup joins by itself: by an empty folder. */
    public void keepJoined(long id) {
        pins.createFolder(folder.resolve(JOINED).resolve(Long.toUnsignedString(id)));
    }

    /** Forgets that cgroups joined by themselves, except for some. */
    public void keepJoinedOnly(Set<Long> ids) {
        dropJoined(joined().stream().filter(id -> !ids.contains(id)).toList());
    }

    /** Forgets that some cgroups joined by themselves. */
    public void dropJoined(Collection<Long> ids) {
        Path where = folder.resolve(JOINED);
        Set<String> there =
                pins.existing(where, ids.stream().map(Long::toUnsignedString).toList());
        there.forEach(name -> pins.removeFolder(where.resolve(name)));
        if (!there.isEmpty() && !pins.any(where, any -> true)) {
            pins.removeFolder(where);
        }
    }

    /** Returns where the timer's map of a generation is pinned that must be confirmed. */
    public Path rollback(int generation) {
        return generation(generation).resolve(ROLLBACK);
    }

    /** Returns the generation that has a timer's map; empty if none has. */
    public OptionalInt timed() {
        return generations().stream()
                .filter(generation -> pins.exists(rollback(generation)))
                .mapToInt(Integer::intValue)
                .findFirst();
    }

    /** Opens the timer's map of a generation that has one. */
    public Rollback openRollback(int generation) {
        return Rollback.of(bpf, bpf.objGet(rollback(generation)));
    }

    /**
     * Returns the upgrade that is not confirmed, or is being rolled back; empty if there is none.
     */
    Optional<Rollback.Value> unconfirmed() {
        return timer().filter(value -> value.state() == Rollback.ARMED || value.state() == Rollback.BOTH);
    }

    /**
     * Refuses a change while an upgrade is not confirmed.
     *
     * @throws HostException with the commands that end the wait
     */
    public void refuseUnconfirmed() {
        unconfirmed().ifPresent(upgrade -> {
            throw new HostException(
                    "generation " + upgrade.from() + " of `" + folder.getFileName()
                            + "` is not confirmed, and rolls back to generation " + upgrade.to(),
                    "ringwall confirm " + folder.getFileName() + " keeps it; ringwall confirm --roll-back "
                            + folder.getFileName() + " ends it");
        });
    }

    /** Returns the state of the timer's map of a generation; empty if none has one. */
    public Optional<Rollback.Value> timer() {
        OptionalInt generation = timed();
        if (generation.isEmpty()) {
            return Optional.empty();
        }
        try (Rollback rollback = openRollback(generation.getAsInt())) {
            return rollback.value();
        }
    }

    /** Keeps the record of a roll-back, in place of an earlier one, without its generation. */
    void keepRollback(int generation) {
        pins.rename(rollback(generation), folder.resolve(ROLLBACK));
    }

    /** Removes the timer's map of a generation that was confirmed. */
    public void dropTimer(int generation) {
        pins.unlink(rollback(generation));
    }

    /** Opens the record of the last roll-back; empty if a version was put in force after it. */
    public Optional<Rollback> openRollback() {
        return pins.list(folder).contains(ROLLBACK)
                ? Optional.of(Rollback.of(bpf, bpf.objGet(folder.resolve(ROLLBACK))))
                : Optional.empty();
    }

    /** Returns the last roll-back; empty if a version was put in force after it. */
    public Optional<Rollback.Value> rolledBack() {
        Optional<Rollback> record = openRollback();
        if (record.isEmpty()) {
            return Optional.empty();
        }
        try (Rollback open = record.get()) {
            return open.value();
        }
    }

    /** Removes the record of the last roll-back. */
    public void forgetRollback() {
        pins.unlink(folder.resolve(ROLLBACK));
    }

    /** Returns the record of cgroups that join or leave. */
    public MembersChange membersChange() {
        return new MembersChange(pins, folder);
    }

    /** Returns what keeps the sockets of removed cgroups judged. */
    public RemovedPlaces removedPlaces() {
        return new RemovedPlaces(bpf, pins, this);
    }

    /** Returns the indexes of its generations. */
    public MapIndexes indexes() {
        return new MapIndexes(bpf, pins, this);
    }

    /** Returns the maps that outlive a generation. */
    public StateMaps maps() {
        return new StateMaps(bpf, pins, folder);
    }

    /**
     * Returns a test of whether programs of a generation use the map with an id. They are found
     * through their pins, and through links for a map that no pinned program uses.
     *
     * @param links reads the links of the generation, at most once, since there can be many
     */
    IntPredicate uses(int generation, Supplier<Collection<LinkInfo>> links) {
        Set<Integer> pinned = mapsUsed(generation, List.of());
        List<Set<Integer>> attached = new ArrayList<>();
        return id -> {
            if (!pinned.contains(id) && attached.isEmpty()) {
                attached.add(mapsUsed(generation, links.get()));
            }
            return pinned.contains(id) || attached.get(0).contains(id);
        };
    }

    /**
     * Returns the ids of all maps that the programs of a generation use, found through the pins of
     * programs and through its links.
     */
    Set<Integer> mapsUsed(int generation, Collection<LinkInfo> links) {
        Set<Integer> used = new HashSet<>();
        Set<Integer> seen = new HashSet<>();
        Path where = generation(generation);
        for (Hook hook : programs(generation)) {
            try (Fd program = bpf.objGet(where.resolve(hook.word()))) {
                ProgInfo info = bpf.progInfo(program);
                seen.add(info.id());
                used.addAll(info.mapIds());
            }
        }
        for (LinkInfo link : links) {
            if (seen.add(link.progId())) {
                try (Fd program = bpf.progById(link.progId())) {
                    used.addAll(bpf.progInfo(program).mapIds());
                }
            }
        }
        return used;
    }

    /** Returns the names of the pins of a generation. */
    public List<String> pins(int generation) {
        return pins.list(generation(generation));
    }

    /** Returns the hooks for which a program of a generation is pinned. */
    public Set<Hook> programs(int generation) {
        Set<Hook> hooks = EnumSet.noneOf(Hook.class);
        pins.existing(generation(generation), HOOKS)
                .forEach(name -> Hook.ofWord(name).ifPresent(hooks::add));
        return hooks;
    }

    /**
     * Returns the ids of the pinned programs of a generation by hook; programs removed meanwhile
     * are left out.
     */
    public Map<Hook, Integer> programIds(int generation) {
        Map<Hook, Integer> ids = new EnumMap<>(Hook.class);
        for (Hook hook : programs(generation)) {
            try (Fd program = bpf.objGet(generation(generation).resolve(hook.word()))) {
                ids.put(hook, bpf.progInfo(program).id());
            } catch (KernelRefusedException e) {
                if (!e.errno().is(Errno.ENOENT)) {
                    throw e;
                }
            }
        }
        return ids;
    }

    /** Returns the unsigned numbers of the generations that have a folder. */
    public List<Integer> generations() {
        List<Integer> found = new ArrayList<>();
        for (String name : pins.list(folder)) {
            if (GENERATION.matcher(name).matches()) {
                long number = Long.parseLong(name.substring(1));
                if (number >>> 32 == 0) {
                    found.add((int) number);
                }
            }
        }
        return found;
    }

    /** Returns the state of every link of a generation. */
    public Map<Place, LinkInfo> links(int generation) {
        return linksOf(generation).all();
    }

    /** Returns the links of a generation, none of which is opened yet. */
    public Links linksOf(int generation) {
        return new Links(bpf, pins, generation(generation));
    }

    /** Detaches and unpins everything of a generation, its links first. */
    public void removeGeneration(int generation) {
        linksOf(generation).removeAll();
        Path where = generation(generation);
        removedPlaces().forget(generation);
        pins.list(where).forEach(name -> pins.unlink(where.resolve(name)));
        pins.removeFolder(where);
    }

    /**
     * Unpins the maps that no program of a generation uses.
     *
     * @param links reads the links of the generation
     */
    public void dropMapsBeside(int generation, Supplier<Collection<LinkInfo>> links) {
        StateMaps maps = maps();
        if (!maps.isEmpty()) {
            maps.keepOnly(uses(generation, links));
        }
    }

    /**
     * Detaches and unpins all generations, their maps and the control map. The folder itself stays,
     * because its inode is the lock.
     */
    public void empty() {
        for (int generation : generations()) {
            removeGeneration(generation);
        }
        maps().empty();
        pins.removeFolder(reader());
        dropReason();
        forgetRollback();
        keepAccepted(Set.of());
        keepJoinedOnly(Set.of());
        membersChange().end();
        indexes().forget();
        pins.unlink(control());
        pins.removeFolder(folder.resolve(PLAIN));
    }

    /** Removes the folder if it is empty. */
    public void removeIfEmpty() {
        if (pins.list(folder).isEmpty()) {
            pins.removeFolder(folder);
        }
    }
}
