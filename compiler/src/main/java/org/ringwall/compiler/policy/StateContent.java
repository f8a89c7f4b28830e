package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Map;

/**
 * What live sets and tables hold when a request is decided; a set that is not named is empty.
 *
 * @param tables each table's entries by key: one number for each field, and destinations in order
 */
public record StateContent(Map<LiveSet, LiveMembers> liveSets, Map<Table, List<Entry>> tables) {
    /** Entries of one live set at most. */
    public static final int MOST_ENTRIES = 1 << 20;

    /** Everything is empty. */
    public static final StateContent EMPTY = new StateContent(Map.of(), Map.of());

    /**
     * One entry of a table.
     *
     * @param key as many values as the table's key has fields
     */
    public record Entry(List<KeyValue> key, List<Endpoint> destinations) {
        public Entry {
            key = List.copyOf(key);
            destinations = List.copyOf(destinations);
        }
    }

    public StateContent {
        liveSets = Map.copyOf(liveSets);
        tables = Map.copyOf(tables);
    }
}
