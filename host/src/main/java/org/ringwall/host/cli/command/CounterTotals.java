// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Counter;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.Event;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;

/**
 * The counters of an instance, each summed over its keys: how often the rules that count in it were
 * hit. Rules that do not count leave no trace.
 */
public record CounterTotals(List<Total> totals) {
    /**
     * A counter with more keys is not summed. A workload can fill a counter, whose million keys
     * take half a minute and a gigabyte to read.
     */
    private static final int MOST_KEYS = 10_000;

    private static final CounterTotals NONE = new CounterTotals(List.of());

    public CounterTotals {
        totals = List.copyOf(totals);
    }

    /**
     * The sums of one counter.
     *
     * @param values by column: the sum over all keys, or the latest of times in ns of
     *     CLOCK_BOOTTIME
     * @param keys how many keys have a count; empty if the counter has no key
     * @param lost requests that were not counted, because there was no room for their key
     * @param over the number of keys that it exceeds and is therefore not summed; empty if it is
     */
    public record Total(
            String name,
            Map<String, BigInteger> values,
            Optional<Integer> keys,
            BigInteger lost,
            Optional<Integer> over) {
        private String sum() {
            return over.map(most -> "more than " + most + " keys, not summed: see ringwall counters")
                    .orElseGet(() -> values.isEmpty() ? "no entries yet" : Event.pairs(values));
        }

        public String text() {
            return name + ": " + sum()
                    + keys.filter(number -> number > 1)
                            .map(number -> " (" + number + " keys)")
                            .orElse("")
                    + (lost.signum() == 0 ? "" : ", not counted: " + lost);
        }

        public Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("name", name);
            if (over.isEmpty()) {
                fields.put("values", values);
            }
            over.ifPresent(most -> fields.put("keys_over", most));
            keys.ifPresent(number -> fields.put("keys", number));
            fields.put("lost", lost);
            return fields;
        }
    }

    /**
     * Reads the counters; none if the instance was removed or replaced meanwhile, or is of another
     * release that describes them differently.
     */
    public static CounterTotals of(LoaderHost host, InstanceName name) {
        return of(host, name, MOST_KEYS);
    }

    /**
     * Reads the counters.
     *
     * @param most the number of keys up to which a counter is summed
     */
    public static CounterTotals of(LoaderHost host, InstanceName name, int most) {
        try (InstanceState state = host.state(name)) {
            Map<String, BigInteger> lost = state.losses();
            List<Total> totals = new ArrayList<>();
            for (Counter counter : state.counters()) {
                String counted = counter.name();
                BigInteger uncounted = lost.getOrDefault(StateNames.counter(counted), BigInteger.ZERO);
                if (state.keys(counted, most + 1) > most) {
                    totals.add(new Total(counted, Map.of(), Optional.empty(), uncounted, Optional.of(most)));
                } else {
                    state.counts(counted)
                            .ifPresent(rows -> totals.add(new Total(
                                    counted,
                                    sums(counter.columns(), rows),
                                    counter.key().isEmpty() ? Optional.empty() : Optional.of(rows.size()),
                                    uncounted,
                                    Optional.empty())));
                }
            }
            return new CounterTotals(totals);
        } catch (InputException | HostException | EntryException e) {
            return NONE;
        }
    }

    private static Map<String, BigInteger> sums(List<Counter.Column> columns, List<InstanceState.Row> rows) {
        Map<String, BigInteger> sums = new LinkedHashMap<>();
        for (Counter.Column column : columns) {
            rows.stream()
                    .map(row -> row.values().getOrDefault(column.name(), BigInteger.ZERO))
                    .reduce(column.isTime() ? BigInteger::max : BigInteger::add)
                    .ifPresent(sum -> sums.put(column.name(), sum));
        }
        return sums;
    }
}
