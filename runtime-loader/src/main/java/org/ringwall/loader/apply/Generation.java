package org.ringwall.loader.apply;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.sys.Fd;

/** The loaded, not yet attached programs of one generation, and the maps that they share. */
final class Generation implements AutoCloseable {
    private final Map<Hook, Fd> programs = new EnumMap<>(Hook.class);
    private final Map<String, Fd> maps = new LinkedHashMap<>();
    private final Map<String, Fd> fresh = new LinkedHashMap<>();
    private final Map<String, Fd> anew = new LinkedHashMap<>();
    private final List<Runnable> carried = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Deque<Fd> owned = new ArrayDeque<>();

    /** Keeps a descriptor open for as long as this is. */
    Fd own(Fd fd) {
        owned.push(fd);
        return fd;
    }

    void map(String symbol, Fd map) {
        maps.put(symbol, map);
    }

    /** A map that outlives this generation and that the one before does not have. */
    void fresh(String symbol, Fd map) {
        map(symbol, map);
        fresh.put(symbol, map);
    }

    /** A map that stands in the place of the one that the generation before has. */
    void anew(String symbol, Fd map) {
        map(symbol, map);
        anew.put(symbol, map);
    }

    /** The maps that {@link #anew(String, Fd)} was told of, by name. */
    Map<String, Fd> anew() {
        return anew;
    }

    /** What is to be done just before this generation is in force. */
    void before(Runnable work) {
        carried.add(work);
    }

    /** Does it. */
    void carry() {
        carried.forEach(Runnable::run);
    }

    void note(List<String> lines) {
        notes.addAll(lines);
    }

    /** What the user should know of the maps. */
    List<String> notes() {
        return notes;
    }

    /** The maps that {@link #fresh(String, Fd)} was told of, by name. */
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
