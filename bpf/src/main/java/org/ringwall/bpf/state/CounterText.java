package org.ringwall.bpf.state;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What an object says of a counter: `cgroup remote.ip : tries attempts, last time`.
 *
 * @param key the fields of its key; none for one count
 * @param columns what is counted, in the order of the values
 */
public record CounterText(List<String> key, List<CounterLayout.Column> columns) {
    public CounterText {
        key = List.copyOf(key);
        columns = List.copyOf(columns);
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("a counter of nothing");
        }
    }

    /** The words. */
    public String text() {
        return (key.isEmpty() ? "" : String.join(" ", key) + " ")
                + columns.stream()
                        .map(column -> column.name() + " " + column.unit().word())
                        .collect(Collectors.joining(", ", ": ", ""));
    }

    /** Reads such words; empty where they are none. */
    public static Optional<CounterText> parse(String text) {
        int colon = text.indexOf(": ");
        boolean formed = colon == 0 || colon > 1 && text.charAt(colon - 1) == ' ';
        if (!formed) {
            return Optional.empty();
        }
        List<String> key = colon == 0
                ? List.of()
                : Arrays.asList(text.substring(0, colon - 1).split(" ", -1));
        return CounterLayout.columns(text).map(columns -> new CounterText(key, columns));
    }
}
