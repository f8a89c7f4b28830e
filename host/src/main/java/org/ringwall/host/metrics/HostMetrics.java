// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.host.container.CgroupName;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Counter;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.LoaderException;

/** A collector of the metrics of every instance on a host. It changes nothing and takes no lock. */
final class HostMetrics {
    /** The maximum number of keys of one counter or rate in an answer. */
    private static final int MAX_ROWS = 10_000;

    /** A counter with more keys is not read: a workload that fills it could exhaust the memory. */
    private static final int MOST_READ = 2 * MAX_ROWS;

    /** The number of keys at which counting them ends. */
    private static final int MOST_COUNTED = 1_000_000;

    private static final double NANOSECONDS = 1e9;
    private static final String CGROUP = "cgroup";

    private final LoaderHost host;
    private final CgroupNames names;
    private final Families families = new Families();
    private final Map<BigInteger, Optional<String>> paths = new HashMap<>();

    private HostMetrics(LoaderHost host, CgroupNames names) {
        this.host = host;
        this.names = names;
    }

    /** Reads the state of all instances now. */
    static MetricSnapshots collect(LoaderHost host, CgroupNames names) {
        HostMetrics metrics = new HostMetrics(host, names);
        host.status().forEach(metrics::instance);
        return metrics.families.snapshots();
    }

    private void instance(InstanceStatus status) {
        Labels labels = Labels.of(
                "policy",
                status.name().policy(),
                "policy_instance",
                status.name().instance());
        families.add(Metric.INSTANCE_ENFORCED, labels, number(status.enforced()));
        families.add(
                Metric.INSTANCE_MONITORED, labels, number(status.monitored().isPresent()));
        families.add(Metric.INSTANCE_UNREADABLE, labels, number(status.trouble().isPresent()));
        families.add(Metric.INSTANCE_GENERATION, labels, status.generation());
        places(status, labels);
        if (status.state() == InstanceStatus.State.UNREADABLE || status.state() == InstanceStatus.State.NOWHERE) {
            return;
        }
        try (InstanceState state = host.state(status.name())) {
            programs(state, labels);
            Map<String, BigInteger> lost = state.losses();
            events(state, lost, labels);
            state.counters().forEach(counter -> counter(state, counter, lost, labels));
            state.rates().forEach(rate -> rate(state, rate, labels));
        } catch (LoaderException e) {
            // The instance was replaced or removed meanwhile; the next scrape is complete again.
            return;
        }
    }

    private static double number(boolean is) {
        return is ? 1 : 0;
    }

    private void places(InstanceStatus status, Labels labels) {
        Map<String, Integer> counts = new HashMap<>();
        for (InstanceStatus.At place : status.places()) {
            String state = place.lost()
                    ? "lost"
                    : place.unknown().isPresent()
                            ? "unknown"
                            : !place.missing().isEmpty()
                                    ? "detached"
                                    : place.overriding().isEmpty() ? "in_force" : "overridden";
            counts.merge(state, 1, Integer::sum);
        }
        for (String state : List.of("in_force", "lost", "detached", "overridden", "unknown")) {
            families.add(Metric.PLACES, labels.add("state", state), counts.getOrDefault(state, 0));
        }
    }

    private void programs(InstanceState state, Labels labels) {
        state.programs().forEach((hook, program) -> {
            Labels of = labels.add("hook", hook);
            families.add(Metric.PROGRAM_RUNS, of, program.runs());
            families.add(Metric.PROGRAM_RUN_TIME_SECONDS, of, program.runTime() / NANOSECONDS);
        });
    }

    private void events(InstanceState state, Map<String, BigInteger> lost, Labels labels) {
        state.ring().ifPresent(ring -> {
            families.add(Metric.EVENTS_LOST, labels, value(lost.getOrDefault("events", BigInteger.ZERO)));
            families.add(Metric.EVENTS_BYTES, labels, ring.written());
            families.add(Metric.EVENTS_UNREAD_BYTES, labels, Math.max(0, ring.written() - ring.read()));
            families.add(Metric.EVENTS_RING_BYTES, labels, ring.size());
        });
    }

    private static double value(BigInteger number) {
        return number.doubleValue();
    }

    private void counter(InstanceState state, Counter counter, Map<String, BigInteger> lost, Labels labels) {
        String name = counter.name();
        Labels of = labels.add("counter", name);
        double uncounted = value(lost.getOrDefault(StateNames.counter(name), BigInteger.ZERO));
        int keys = state.keys(name, MOST_COUNTED);
        if (keys > MOST_READ) {
            families.add(Metric.COUNTER_ROWS_LEFT_OUT, of, keys);
            families.add(Metric.COUNTER_LOST, of, uncounted);
            return;
        }
        Optional<List<InstanceState.Row>> rows = state.counts(name);
        if (rows.isEmpty()) {
            return;
        }
        rows.get().stream().limit(MAX_ROWS).forEach(row -> {
            Labels keyed = keyed(of, row);
            counter.columns().forEach(column -> {
                double value = value(row.values().getOrDefault(column.name(), BigInteger.ZERO));
                Labels ofColumn = keyed.add("column", column.name());
                if (column.isTime()) {
                    families.add(Metric.COUNTER_LAST_SECONDS, ofColumn, value / NANOSECONDS);
                } else {
                    families.add(Metric.COUNTER, ofColumn, value);
                }
            });
        });
        families.add(Metric.COUNTER_ROWS_LEFT_OUT, of, Math.max(0, rows.get().size() - MAX_ROWS));
        if (!counter.key().isEmpty()) {
            families.add(Metric.COUNTER_LOST, of, uncounted);
        }
    }

    private void rate(InstanceState state, InstanceState.Rate rate, Labels labels) {
        OptionalLong now = host.time();
        if (now.isEmpty()) {
            return;
        }
        Labels of = labels.add("rate", rate.name());
        state.tokens(rate.name(), now.getAsLong()).ifPresent(tokens -> {
            tokens.rows().stream()
                    .limit(MAX_ROWS)
                    .forEach(row -> families.add(
                            Metric.RATE_TOKENS,
                            keyed(of, row),
                            value(row.values().getOrDefault("tokens", BigInteger.ZERO))));
            if (!rate.key().isEmpty()) {
                families.add(Metric.RATE_SHARED, of, value(tokens.shared()));
            }
        });
    }

    /** Returns the labels with the fields of a key, and the directory and names of its cgroup. */
    private Labels keyed(Labels labels, InstanceState.Row row) {
        Map<String, String> all = new LinkedHashMap<>();
        row.key().forEach((field, value) -> all.put("key_" + word(field), value.toString()));
        if (row.key().get(CGROUP) instanceof BigInteger id) {
            paths.computeIfAbsent(id, this::path).ifPresent(path -> {
                all.put("path", path);
                CgroupName name = names.of(path);
                name.unit().ifPresent(unit -> all.put("unit", unit));
                name.container().ifPresent(container -> {
                    all.put("container", container.shown());
                    // Two labels can have the same word: the first in order is shown.
                    container
                            .shownLabels()
                            .forEach((key, value) -> all.putIfAbsent("container_label_" + word(key), value));
                });
            });
        }
        return all.isEmpty() ? labels : labels.merge(Labels.of(List.copyOf(all.keySet()), List.copyOf(all.values())));
    }

    private static String word(String text) {
        return text.replaceAll("[^a-zA-Z0-9]", "_");
    }

    private Optional<String> path(BigInteger cgroup) {
        return host.cgroups()
                .byId(cgroup.longValue())
                .found()
                .flatMap(Cgroup::visible)
                .map(Path::toString);
    }
}
