// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.List;
import java.util.stream.Stream;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.source.Span;

/**
 * A counter for `count` effects (docs/semantics.md section 12).
 *
 * @param max the maximum number of keys in each of its maps; 1 without a key
 * @param evicts whether the least recently used key is evicted
 */
public record Counter(String name, Key key, List<CounterLayout.Column> columns, int max, boolean evicts, Span span) {
    public Counter {
        columns = List.copyOf(columns);
    }

    /**
     * Returns the layout of its map; if the key contains addresses, of the map for all hooks but
     * those of {@link CounterLayout#ofV4}.
     */
    public CounterLayout layout() {
        return new CounterLayout(name, key.layout(StateNames.counter(name)), columns, max, evicts);
    }

    /** Returns the layouts of all its maps. */
    public List<CounterLayout> layouts() {
        CounterLayout layout = layout();
        return Stream.concat(Stream.of(layout), layout.ofV4().stream()).toList();
    }
}
