package org.ringwall.loader.apply;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.loader.sys.Fd;

/** The loaded, not yet attached programs of one generation, and the maps that they share. */
final class Generation implements AutoCloseable {
    private final Map<Hook, Fd> programs = new EnumMap<>(Hook.class);
    private final Map<String, Fd> maps = new LinkedHashMap<>();
    private final Map<String, Fd> fresh = new LinkedHashMap<>();
    private final Deque<Fd> owned = new ArrayDeque<>();

    /** Keeps a descriptor open for as long as this is. */
    Fd own(Fd fd) {
        owned.push(fd);
        return fd;
    }

    void map(String symbol, Fd map) {
        maps.put(symbol, map);
    }

    /** A map that the generation before does not have. */
    void made(MapSpec map, Fd fd) {
        map(map.name(), fd);
        if (StateMaps.outlives(map)) {
            fresh.put(map.name(), fd);
        }
    }

    /** The maps that were made for this generation and outlive it, by name. */
    Map<String, Fd> fresh() {
        return fresh;
    }

    void program(Hook hook, Fd program) {
        programs.put(hook, own(program));
    }

    /** The map that a relocation's symbol stands for. */
    Fd map(String symbol) {
        Fd map = maps.get(symbol);
        if (map == null) {
            throw new IllegalStateException("no map was made for `" + symbol + "`");
        }
        return map;
    }

    /** By hook, in the hooks' order. */
    Map<Hook, Fd> programs() {
        return programs;
    }

    @Override
    public void close() {
        owned.forEach(Fd::close);
    }
}
