package org.ringwall.bpf.state;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.object.MapType;

/**
 * A map of a counter: the only one, or, where its key has an address, {@link #ofV4} or the one for all other hooks.
 *
 * @param name in the policy
 * @param key empty for one count
 * @param max how many keys there may be in the map; 1 without a key
 * @param evicts whether the key used longest ago makes room
 */
public record CounterLayout(String name, KeyLayout key, List<Column> columns, int max, boolean evicts) {
    /** Columns at most: what programs keep room for on their stacks. */
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
     * The map in which the counter counts at hooks of IPv4 that have all addresses of its key; empty for a key without any. Its keys
     * are shorter by 12 bytes an address, which the kernel hashes and compares at each count.
     */
    public Optional<CounterLayout> ofV4() {
        return key.hasAddress()
                ? Optional.of(new CounterLayout(name, key.ofV4(StateNames.counter4(name)), columns, max, evicts))
                : Optional.empty();
    }

    /** The map's name. */
    public String symbol() {
        return key.map();
    }

    /** The struct of its values. */
    public StructLayout value() {
        StructLayout.Builder struct = StructLayout.named(StateNames.counter(name));
        columns.forEach(column -> struct.add(column.name(), StructLayout.Scalar.U64));
        return struct.build();
    }

    /** The map. */
    public MapDeclaration map() {
        String symbol = symbol();
        if (key.isEmpty()) {
            return MapDeclaration.array(symbol, MapType.PERCPU_ARRAY, 1, value());
        }
        MapType type = evicts ? MapType.LRU_PERCPU_HASH : MapType.PERCPU_HASH;
        return MapDeclaration.keyed(symbol, type, max, 0, key.struct(), value());
    }

    /** Whether counts can be lost for want of room. */
    public boolean canLose() {
        return !key.isEmpty() && !evicts;
    }

    /** What an object says of it. */
    public String text() {
        return new CounterText(key.fields(), columns).text();
    }
}
