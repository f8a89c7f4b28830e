// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.export;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Counter;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceState.CounterMap;
import org.ringwall.loader.model.LoaderException;

/**
 * A reader of the counters of instances. It keeps the maps open between two readings, so that the
 * final counts of a policy that was removed meanwhile are read, too.
 */
public final class CounterReader implements AutoCloseable {
    /** The number of attempts to read an instance while an upgrade copies its counts. */
    private static final int ATTEMPTS = 100;

    private static final int PAUSE_MS = 20;

    private static final Comparator<InstanceName> ORDER = Comparator.comparing(InstanceName::toString);

    private final LoaderHost host;
    private final Optional<InstanceName> only;
    private final Map<Integer, Open> open = new LinkedHashMap<>();

    /**
     * Creates a reader.
     *
     * @param only the instance to read; empty for all
     */
    public CounterReader(LoaderHost host, Optional<InstanceName> only) {
        this.host = host;
        this.only = only;
    }

    private record Open(InstanceName instance, CounterMap counter) {}

    /**
     * The counts of a map.
     *
     * @param gone whether no program uses the map any more, so that this is its last reading
     */
    record Counted(InstanceName instance, CounterMap counter, List<InstanceState.Row> rows, boolean gone) {}

    /**
     * The counts of all instances.
     *
     * @param skipped the reasons for which instances could not be read; a later reading has them
     * @param uncounted the number of requests that were not counted because the map was full, by
     *     {@code INSTANCE/COUNTER}
     */
    record Reading(List<Counted> counted, Map<InstanceName, String> skipped, Map<String, BigInteger> uncounted) {}

    /** Returns whether readings include this instance. */
    boolean covers(InstanceName name) {
        return only.isEmpty() || only.get().equals(name);
    }

    /** Reads all counters. */
    Reading read() {
        Reading reading = new Reading(new ArrayList<>(), new TreeMap<>(ORDER), new TreeMap<>());
        Set<InstanceName> names = new LinkedHashSet<>(only.map(Set::of).orElseGet(() -> Set.copyOf(host.instances())));
        Map<Integer, Open> now = new LinkedHashMap<>();
        names.stream().sorted(ORDER).forEach(name -> read(name, reading, now));
        Set<Integer> continued = new HashSet<>(now.keySet());
        now.values().forEach(map -> continued.add(map.counter().first()));
        for (Open before : List.copyOf(open.values())) {
            int id = before.counter().id();
            if (reading.skipped().containsKey(before.instance())) {
                // The map stays open for the next reading.
                continue;
            }
            open.remove(id);
            try (CounterMap map = before.counter()) {
                if (!continued.contains(id) && !continued.contains(map.first())) {
                    reading.counted().add(new Counted(before.instance(), map, map.counts(), true));
                }
            }
        }
        open.putAll(now);
        return reading;
    }

    private void read(InstanceName name, Reading reading, Map<Integer, Open> now) {
        String why = "";
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                if (attempt(name, reading, now)) {
                    return;
                }
                why = "it is being replaced; if that was interrupted: ringwall recover";
            } catch (InputException e) {
                // The instance does not exist, or is not in force anywhere.
                return;
            } catch (LoaderException e) {
                why = String.valueOf(e.getMessage());
            }
            pause();
        }
        reading.skipped().put(name, why);
    }

    /** Reads an instance. Returns false if its counts were being copied meanwhile. */
    private boolean attempt(InstanceName name, Reading reading, Map<Integer, Open> now) {
        try (InstanceState state = host.state(name)) {
            Optional<Map<CounterMap, List<InstanceState.Row>>> maps = state.counterMaps();
            maps.ifPresent(open -> open.forEach((counter, rows) -> {
                reading.counted().add(new Counted(name, counter, rows, false));
                now.put(counter.id(), new Open(name, counter));
            }));
            if (maps.isPresent()) {
                uncounted(state, reading);
            }
            return maps.isPresent();
        }
    }

    private static void uncounted(InstanceState state, Reading reading) {
        Map<String, BigInteger> losses = state.losses();
        for (Counter counter : state.counters()) {
            BigInteger number = losses.getOrDefault(StateNames.counter(counter.name()), BigInteger.ZERO);
            if (number.signum() > 0) {
                reading.uncounted().put(state.name() + "/" + counter.name(), number);
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        open.values().forEach(map -> map.counter().close());
        open.clear();
    }
}
