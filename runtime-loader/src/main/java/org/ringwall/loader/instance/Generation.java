// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.sys.Fd;

/** The loaded, not yet attached programs of one generation, and the maps that they share. */
public final class Generation implements AutoCloseable {
    private final Map<Hook, Fd> programs = new EnumMap<>(Hook.class);
    private final Map<String, Fd> maps = new LinkedHashMap<>();
    private final Map<String, Fd> fresh = new LinkedHashMap<>();
    private final Map<String, Fd> anew = new LinkedHashMap<>();
    private final Set<String> continued = new TreeSet<>();
    private final List<Runnable> carried = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Deque<Fd> owned = new ArrayDeque<>();

    /** Closes a descriptor together with this generation. */
    public Fd own(Fd fd) {
        owned.push(fd);
        return fd;
    }

    public void map(String symbol, Fd map) {
        maps.put(symbol, map);
    }

    /** Adds a map that outlives this generation and that the previous one does not have. */
    public void fresh(String symbol, Fd map) {
        map(symbol, map);
        fresh.put(symbol, map);
    }

    /** Adds a map that replaces one of the previous generation. */
    public void anew(String symbol, Fd map) {
        map(symbol, map);
        anew.put(symbol, map);
    }

    /** Returns the maps added by {@link #anew(String, Fd)}, by name. */
    public Map<String, Fd> anew() {
        return anew;
    }

    /**
     * Notes that a map added by {@link #anew(String, Fd)} continues the counts of the previous
     * one.
     */
    public void continues(String symbol) {
        continued.add(symbol);
    }

    /** Returns the names given to {@link #continues}. */
    Set<String> continued() {
        return continued;
    }

    /** Adds work to run just before this generation is in force. */
    public void before(Runnable work) {
        carried.add(work);
    }

    /** Runs the work added by {@link #before}. */
    public void carry() {
        carried.forEach(Runnable::run);
    }

    public void note(List<String> lines) {
        notes.addAll(lines);
    }

    /** Returns notes about the maps for the user. */
    public List<String> notes() {
        return notes;
    }

    /** Returns the maps added by {@link #fresh(String, Fd)}, by name. */
    public Map<String, Fd> fresh() {
        return fresh;
    }

    public void program(Hook hook, Fd program) {
        programs.put(hook, own(program));
    }

    /** Returns the map to which a relocation's symbol refers. */
    public Fd map(String symbol) {
        Fd map = maps.get(symbol);
        if (map == null) {
            throw new IllegalStateException("no map was made for `" + symbol + "`");
        }
        return map;
    }

    public Set<String> mapNames() {
        return maps.keySet();
    }

    /** Returns the programs by hook, in the hooks' order. */
    public Map<Hook, Fd> programs() {
        return programs;
    }

    @Override
    public void close() {
        owned.forEach(Fd::close);
    }
}
