package org.ringwall.loader.apply;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.sys.Fd;

/**
 * The maps of an instance that outlive a generation: pinned under their own names, and handed to the next one as they are
 * (docs/abi.md section 4).
 */
final class StateMaps {
    private static final String FOLDER = "maps";

    private final Bpf bpf;
    private final PinStore pins;
    private final Path folder;

    StateMaps(Bpf bpf, PinStore pins, Path instance) {
        this.bpf = bpf;
        this.pins = pins;
        this.folder = instance.resolve(FOLDER);
    }

    /** Whether a map outlives its generation: values that are maps say nothing of their layout, so those do not. */
    static boolean outlives(MapSpec map) {
        return !map.type().holdsMaps();
    }

    /**
     * Opens those of these maps that the instance has, by name. One of another layout is an {@link InputException}: what
     * is in it would be lost, or misread.
     */
    Map<String, Fd> open(List<MapSpec> maps) {
        Set<String> there = new HashSet<>(pins.list(folder));
        Map<String, Fd> opened = new LinkedHashMap<>();
        try {
            for (MapSpec map : maps) {
                if (outlives(map) && there.contains(map.name())) {
                    Fd fd = bpf.objGet(folder.resolve(map.name()));
                    opened.put(map.name(), fd);
                    difference(map, bpf.mapInfo(fd)).ifPresent(what -> {
                        throw new InputException(
                                "the version in force keeps `" + map.name() + "` with " + what,
                                "remove the instance first, which forgets what is in it, or take another --instance");
                    });
                }
            }
            return opened;
        } catch (RuntimeException e) {
            opened.values().forEach(Fd::close);
            throw e;
        }
    }

    /** What differs, with both numbers; empty where a program of either version reads the map alike. */
    private static Optional<String> difference(MapSpec map, MapInfo found) {
        if (found.type() != map.type().number()) {
            return Optional.of("another type of map");
        }
        return differs("keys of %d bytes", found.keySize(), map.keySize())
                .or(() -> differs("values of %d bytes", found.valueSize(), map.valueSize()))
                .or(() -> differs("room for %d entries", found.maxEntries(), map.maxEntries()))
                .or(() -> differs("the flags %d", found.flags(), map.flags()));
    }

    private static Optional<String> differs(String what, int found, int wanted) {
        return found == wanted
                ? Optional.empty()
                : Optional.of(what.formatted(Integer.toUnsignedLong(found)) + ", and the new one wants "
                        + Integer.toUnsignedLong(wanted));
    }

    /** Pins those maps of a generation that are new; they are the instance's from then on. */
    void pin(Map<String, Fd> fresh) {
        if (!fresh.isEmpty()) {
            pins.createFolder(folder);
        }
        fresh.forEach((name, map) -> bpf.objPin(map, folder.resolve(name)));
    }

    /** Unpins what no program of a generation uses: what a version left out, or what an interrupted apply made. */
    void keepOnly(Set<Integer> mapIds) {
        boolean kept = false;
        for (String name : pins.list(folder)) {
            Path pin = folder.resolve(name);
            boolean used;
            try (Fd map = bpf.objGet(pin)) {
                used = mapIds.contains(bpf.mapInfo(map).id());
            }
            kept |= used;
            if (!used) {
                pins.unlink(pin);
            }
        }
        if (!kept) {
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
