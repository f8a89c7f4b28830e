// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.instance.InstanceState;
import org.ringwall.loader.object.InputException;
import org.ringwall.loader.object.InstanceName;
import org.ringwall.loader.state.Counts;
import org.ringwall.loader.state.EntryException;
import org.ringwall.loader.state.Event;
import org.ringwall.loader.sys.Fd;

/**
 * The counters of an instance, each summed over its keys: how often the rules that count in it were
 * hit. Rules that do not count leave no trace.
 */
record CounterTotals(List<Total> totals) {
    private static final CounterTotals NONE = new CounterTotals(List.of());

    CounterTotals {
        totals = List.copyOf(totals);
    }

    /**
     * The sums of one counter.
     *
     * @param values by column: the sum over all keys, or the latest of times in ns of
     *     CLOCK_BOOTTIME
     * @param keys how many keys have a count; empty if the counter has no key
     * @param lost requests that were not counted, because there was no room for their key
     */
    record Total(String name, Map<String, BigInteger> values, Optional<Integer> keys, BigInteger lost) {
        String text() {
            return name + ": " + (values.isEmpty() ? "no entries yet" : Event.pairs(values))
                    + keys.filter(number -> number > 1)
                            .map(number -> " (" + number + " keys)")
                            .orElse("")
                    + (lost.signum() == 0 ? "" : ", not counted: " + lost);
        }

        Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("name", name);
            fields.put("values", values);
            keys.ifPresent(number -> fields.put("keys", number));
            fields.put("lost", lost);
            return fields;
        }
    }

    /**
     * Reads the counters; none if the instance was removed or replaced meanwhile, or is of another
     * release that describes them differently.
     */
    static CounterTotals of(LoaderHost host, InstanceName name) {
        try (InstanceState state = host.state(name)) {
            Map<String, BigInteger> lost = losses(host, state);
            List<Total> totals = new ArrayList<>();
            state.texts()
                    .counters()
                    .forEach((counter, text) -> state.counts(counter)
                            .ifPresent(rows -> totals.add(new Total(
                                    counter,
                                    sums(text.columns(), rows),
                                    text.key().isEmpty() ? Optional.empty() : Optional.of(rows.size()),
                                    lost.getOrDefault(StateNames.counter(counter), BigInteger.ZERO)))));
            return new CounterTotals(totals);
        } catch (InputException | HostException | EntryException e) {
            return NONE;
        } catch (KernelRefusedException e) {
            if (e.errno().is(Errno.ENOENT)) {
                return NONE;
            }
            throw e;
        }
    }

    /** Returns the requests that found no room, by the name of the map. */
    static Map<String, BigInteger> losses(LoaderHost host, InstanceState state) {
        Optional<Fd> map = state.map(StateNames.LOST);
        if (map.isEmpty()) {
            return Map.of();
        }
        try (Fd open = map.get()) {
            return new Counts(host.bpf()).losses(open);
        }
    }

    private static Map<String, BigInteger> sums(List<CounterLayout.Column> columns, List<Counts.Row> rows) {
        Map<String, BigInteger> sums = new LinkedHashMap<>();
        for (CounterLayout.Column column : columns) {
            boolean time = column.unit() == CounterUnit.TIME;
            rows.stream()
                    .map(row -> row.values().getOrDefault(column.name(), BigInteger.ZERO))
                    .reduce(time ? BigInteger::max : BigInteger::add)
                    .ifPresent(sum -> sums.put(column.name(), sum));
        }
        return sums;
    }
}
