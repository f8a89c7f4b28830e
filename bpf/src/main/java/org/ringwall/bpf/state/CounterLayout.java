// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.object.MapType;

/**
 * A map of a counter: the only one, or, if its key has an address, either {@link #ofV4} or the map
 * for all other hooks.
 *
 * @param name in the policy
 * @param key empty for a single count
 * @param max the maximum number of keys in the map; 1 without a key
 * @param evicts whether the least recently used key is evicted for a new one
 */
public record CounterLayout(String name, KeyLayout key, List<Column> columns, int max, boolean evicts) {
    /** The maximum number of columns, for which programs reserve space on their stacks. */
    public static final int MOST_COLUMNS = 8;

    /** A field with its unit: a u64 for each CPU. */
    public record Column(String name, CounterUnit unit) {}

    public CounterLayout {
        columns = List.copyOf(columns);
        if (columns.isEmpty() || max < 1 || key.isEmpty() && (max != 1 || evicts)) {
            throw new IllegalArgumentException("counter " + name);
        }
    }

    /**
     * Returns the map in which the counter counts at hooks of IPv4 that have all addresses of its
     * key; empty for a key without an address. Its keys are 12 bytes shorter for each address,
     * which saves hashing and comparison.
     */
    public Optional<CounterLayout> ofV4() {
        return key.hasAddress()
                ? Optional.of(new CounterLayout(name, key.ofV4(StateNames.counter4(name)), columns, max, evicts))
                : Optional.empty();
    }

    /** Returns the map's name. */
    public String symbol() {
        return key.map();
    }

    public StructLayout value() {
        StructLayout.Builder struct = StructLayout.named(StateNames.counter(name));
        columns.forEach(column -> struct.add(column.name(), StructLayout.Scalar.U64));
        return struct.build();
    }

    /** Returns the map's declaration. */
    public MapDeclaration map() {
        String symbol = symbol();
        if (key.isEmpty()) {
            return MapDeclaration.array(symbol, MapType.PERCPU_ARRAY, 1, value());
        }
        MapType type = evicts ? MapType.LRU_PERCPU_HASH : MapType.PERCPU_HASH;
        return MapDeclaration.keyed(symbol, type, max, 0, key.struct(), value());
    }

    /** Returns whether counts can be lost for lack of room. */
    public boolean canLose() {
        return !key.isEmpty() && !evicts;
    }

    /** Returns its description in an object. */
    public String text() {
        return new CounterText(key.fields(), columns).text();
    }
}
