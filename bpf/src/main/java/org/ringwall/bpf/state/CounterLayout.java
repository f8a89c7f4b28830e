package org.ringwall.bpf.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.object.MapType;

/**
 * The map of a counter.
 *
 * @param name in the policy
 * @param key empty for one count
 * @param max how many keys there may be; 1 without a key
 * @param evicts whether the key used longest ago makes room
 */
public record CounterLayout(String name, KeyLayout key, List<Column> columns, int max, boolean evicts) {
    /** A field with its unit: a u64 for each CPU. */
    public record Column(String name, CounterUnit unit) {}

    public CounterLayout {
        columns = List.copyOf(columns);
        if (columns.isEmpty() || max < 1 || key.isEmpty() && (max != 1 || evicts)) {
            throw new IllegalArgumentException("counter " + name);
        }
    }

    /** The struct of its values. */
    public StructLayout value() {
        StructLayout.Builder struct = StructLayout.named(StateNames.counter(name));
        columns.forEach(column -> struct.add(column.name(), StructLayout.Scalar.U64));
        return struct.build();
    }

    /** The map. */
    public MapDeclaration map() {
        String symbol = StateNames.counter(name);
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

    /** What an object says of it: `cgroup remote.ip : tries attempts, last time`. */
    public String text() {
        return new CounterText(key.parts().stream().map(KeyLayout.Part::field).toList(), columns).text();
    }

    /** The columns of such a text; empty where it is none. */
    public static Optional<List<Column>> columns(String text) {
        int colon = text.indexOf(": ");
        if (colon < 0) {
            return Optional.empty();
        }
        List<Column> columns = new ArrayList<>();
        for (String column : text.substring(colon + 2).split(", ", -1)) {
            String[] words = column.split(" ", -1);
            Optional<CounterUnit> unit = words.length == 2 ? CounterUnit.named(words[1]) : Optional.empty();
            if (unit.isEmpty()) {
                return Optional.empty();
            }
            columns.add(new Column(words[0], unit.get()));
        }
        return Optional.of(columns);
    }
}
