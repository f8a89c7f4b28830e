// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.ringwall.bpf.state.CounterText;
import org.ringwall.bpf.state.IndexMembers;
import org.ringwall.bpf.state.LiveText;
import org.ringwall.bpf.state.LogText;
import org.ringwall.bpf.state.RateText;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.TableText;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.Counter;
import org.ringwall.loader.model.EntryException;

/**
 * The descriptions of an object's state in its `.rodata`, by the names in the policy, and of the
 * rules that log, by their numbers.
 *
 * @param indexes the names of the maps of each index, in the order of its elements
 */
public record StateTexts(
        Map<String, LiveText> lives,
        Map<String, TableText> tables,
        Map<String, CounterText> counters,
        Map<String, RateText> rates,
        Map<Integer, LogText> logs,
        Map<String, List<String>> indexes) {
    private static final int MOST_RULES = 1 << 16;

    public StateTexts {
        lives = java.util.Collections.unmodifiableMap(new TreeMap<>(lives));
        tables = java.util.Collections.unmodifiableMap(new TreeMap<>(tables));
        counters = java.util.Collections.unmodifiableMap(new TreeMap<>(counters));
        rates = java.util.Collections.unmodifiableMap(new TreeMap<>(rates));
        logs = java.util.Collections.unmodifiableMap(new TreeMap<>(logs));
        indexes = java.util.Collections.unmodifiableMap(new TreeMap<>(indexes));
    }

    /**
     * Parses the descriptions.
     *
     * @throws EntryException if one is invalid
     */
    public static StateTexts of(Map<String, String> variables) {
        Map<String, LiveText> lives = read(variables, StateNames.live(""), LiveText::parse);
        Map<String, TableText> tables = read(variables, StateNames.table(""), TableText::parse);
        lives.values().forEach(OpenLiveSet::check);
        tables.values().forEach(OpenTable::check);
        return new StateTexts(
                lives,
                tables,
                read(variables, StateNames.counter(""), CounterText::parse),
                read(variables, StateNames.rate(""), RateText::parse),
                logs(variables),
                IndexMembers.of(variables));
    }

    /** Returns a counter as programs read it. */
    public static Counter counter(String name, CounterText text) {
        return new Counter(
                name,
                text.key(),
                text.columns().stream()
                        .map(column ->
                                new Counter.Column(column.name(), column.unit().word()))
                        .toList(),
                text.text());
    }

    /**
     * Returns whether there is a description of the map: a live set, a table, a rate, or one of a
     * counter's two maps.
     */
    public boolean describes(String map) {
        return isOf(map, StateNames.live(""), lives)
                || isOf(map, StateNames.table(""), tables)
                || isOf(map, StateNames.counter(""), counters)
                || isOf(map, StateNames.counter4(""), counters)
                || isOf(map, StateNames.rate(""), rates);
    }

    private static boolean isOf(String map, String prefix, Map<String, ?> known) {
        return map.startsWith(prefix) && known.containsKey(map.substring(prefix.length()));
    }

    private static <T> Map<String, T> read(
            Map<String, String> variables, String kind, Function<String, Optional<T>> reader) {
        String prefix = StateNames.metadata(kind);
        Map<String, T> found = new TreeMap<>();
        variables.forEach((name, text) -> {
            if (name.startsWith(prefix)) {
                found.put(name.substring(prefix.length()), reader.apply(text).orElseThrow(() -> unread(name)));
            }
        });
        return found;
    }

    private static Map<Integer, LogText> logs(Map<String, String> variables) {
        Map<Integer, LogText> found = new TreeMap<>();
        for (int rule = 0; rule < MOST_RULES && variables.containsKey(StateNames.logged(rule)); rule++) {
            String name = StateNames.logged(rule);
            found.put(rule, LogText.parse(variables.getOrDefault(name, "")).orElseThrow(() -> unread(name)));
        }
        return found;
    }

    private static EntryException unread(String variable) {
        return new EntryException(
                "its `" + Printable.of(variable) + "` does not describe its use",
                "compile it with the ringwallc of the same release");
    }
}
