// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Map;

/**
 * The content of live sets and tables when a request is decided; sets without an entry here are
 * empty.
 *
 * @param tables the entries of each table: one value for each field of the key, and destinations in
 *     order
 */
public record StateContent(Map<LiveSet, LiveMembers> liveSets, Map<Table, List<Entry>> tables) {
    /** The maximum number of entries of a live set. */
    public static final int MOST_ENTRIES = 1 << 20;

    /** No content. */
    public static final StateContent EMPTY = new StateContent(Map.of(), Map.of());

    /**
     * One entry of a table.
     *
     * @param key one value for each field of the table's key
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
