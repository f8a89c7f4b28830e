// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The description of a counter in an object: `cgroup remote.ip : tries attempts, last time`, and
 * without a key `: tries attempts`.
 *
 * @param key the fields of its key; empty for a single count
 */
public record CounterText(List<String> key, List<CounterLayout.Column> columns) {
    public CounterText {
        key = List.copyOf(key);
        columns = List.copyOf(columns);
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("a counter that counts nothing");
        }
    }

    public String text() {
        return KeyWords.before(key)
                + columns.stream()
                        .map(column -> column.name() + " " + column.unit().word())
                        .collect(Collectors.joining(", "));
    }

    /** Parses a text; empty if it has another form. */
    public static Optional<CounterText> parse(String text) {
        return KeyWords.of(text)
                .flatMap(words -> columns(words.rest()).map(columns -> new CounterText(words.fields(), columns)));
    }

    private static Optional<List<CounterLayout.Column>> columns(String text) {
        List<CounterLayout.Column> columns = new ArrayList<>();
        for (String column : text.split(", ", -1)) {
            String[] words = column.split(" ", -1);
            Optional<CounterUnit> unit = words.length == 2 ? CounterUnit.named(words[1]) : Optional.empty();
            if (unit.isEmpty() || words[0].isEmpty()) {
                return Optional.empty();
            }
            columns.add(new CounterLayout.Column(words[0], unit.get()));
        }
        return Optional.of(columns);
    }
}
