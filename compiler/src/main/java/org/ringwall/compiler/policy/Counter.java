package org.ringwall.compiler.policy;

import java.util.List;
import java.util.stream.Stream;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.source.Span;

/**
 * What `count` counts in (docs/semantics.md section 12).
 *
 * @param max how many keys there may be in each of its maps; 1 without a key
 * @param evicts whether the key used longest ago makes room
 */
public record Counter(String name, Key key, List<CounterLayout.Column> columns, int max, boolean evicts, Span span) {
    public Counter {
        columns = List.copyOf(columns);
    }

    /** How it lies in its map; where its key has addresses, in the one for all hooks but those of {@link CounterLayout#ofV4}. */
    public CounterLayout layout() {
        return new CounterLayout(name, key.layout(StateNames.counter(name)), columns, max, evicts);
    }

    /** How it lies in each of its maps. */
    public List<CounterLayout> layouts() {
        CounterLayout layout = layout();
        return Stream.concat(Stream.of(layout), layout.ofV4().stream()).toList();
    }
}
