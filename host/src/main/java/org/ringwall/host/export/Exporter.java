// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.export;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.host.container.Container;
import org.ringwall.host.export.CounterReader.Counted;
import org.ringwall.host.export.ExportState.Known;
import org.ringwall.host.export.ExportState.Pending;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.sys.IoReason;

/**
 * An exporter of counters in numbered intervals.
 *
 * <p>Each export works like a write-ahead log: it first saves the new state with the lines, then
 * writes the lines to the output, then saves that they were written. If the process ends in
 * between, the next export writes the same lines again. So every increase of a count has exactly
 * one number.
 */
public final class Exporter {
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
    private static final String CGROUP = "cgroup";
    private static final String ANCESTOR = "ancestor";

    private final LoaderHost host;
    private final CounterReader reader;
    private final LineFormat format;
    private final ExportOutput output;
    private final Consumer<String> notes;
    private final CgroupNames names;
    private final Map<String, BigInteger> uncounted = new HashMap<>();

    /**
     * Creates an exporter.
     *
     * @param notes receives a sentence for each instance or request that an export leaves out
     */
    public Exporter(
            LoaderHost host, CounterReader reader, LineFormat format, ExportOutput output, Consumer<String> notes) {
        this.host = host;
        this.reader = reader;
        this.format = format;
        this.output = output;
        this.notes = notes;
        this.names = CgroupNames.below(host.cgroups().mount());
    }

    /**
     * Writes the lines of an interrupted export, and then the increases since that export.
     *
     * @throws HostException if the lines could not be written; the next export writes them
     */
    public void export(StateFile file) {
        finish(file);
        ExportState next = next(file.state());
        file.replace(next);
        finish(file);
    }

    /** Writes all counts like a first export, without state. */
    public void once() {
        next(ExportState.NONE).pending().ifPresent(output::write);
    }

    private void finish(StateFile file) {
        if (file.state().pending().isPresent()) {
            output.write(file.state().pending().get());
            file.replace(file.state().written());
        }
    }

    private ExportState next(ExportState before) {
        String boot = boot();
        // Ids of maps and cgroups are valid only within a boot.
        ExportState known = before.boot().equals(boot) ? before : before.inBoot(boot);
        CounterReader.Reading reading = reader.read();
        String now = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
        Round round = new Round(known, reading);
        known.maps().forEach((first, counts) -> {
            if (!reader.covers(counts.instance()) || reading.skipped().containsKey(counts.instance())) {
                // Its keys may name any of the cgroups.
                round.maps.put(first, counts);
                round.paths.putAll(known.paths());
            }
        });
        reading.counted().forEach(counted -> add(counted, round));
        note(reading);
        List<String> lines = new ArrayList<>();
        for (Sum sum : round.sums.values()) {
            lines.addAll(format.lines(line(sum, known.number() + 1, known.until(), now, round.paths)));
        }
        Optional<Pending> pending = Optional.of(new Pending(format, output.position(), lines));
        return new ExportState(boot, known.number() + 1, now, round.maps, round.paths, pending);
    }

    /** The data that an export collects. */
    private static final class Round {
        private final ExportState known;
        private final CounterReader.Reading reading;
        private final Map<Integer, Known> maps = new LinkedHashMap<>();
        private final Map<BigInteger, String> paths = new LinkedHashMap<>();
        private final Set<BigInteger> looked = new HashSet<>();
        private final Map<List<Object>, Sum> sums = new LinkedHashMap<>();

        Round(ExportState known, CounterReader.Reading reading) {
            this.known = known;
            this.reading = reading;
        }
    }

    private void add(Counted counted, Round round) {
        Map<String, Map<String, BigInteger>> values = new LinkedHashMap<>();
        int first = counted.counter().first();
        for (InstanceState.Row row : counted.rows()) {
            String key = Json.of(row.key());
            values.put(key, row.values());
            round.sums
                    .computeIfAbsent(List.of(group(counted), key), any -> new Sum(counted, row, epoch(round, counted)))
                    .add(row, changes(counted, row, round.known.values(first, key)));
            cgroup(row)
                    .filter(round.looked::add)
                    .ifPresent(id -> path(id, round.known).ifPresent(path -> round.paths.put(id, path)));
        }
        if (!counted.gone()) {
            round.maps.put(
                    first,
                    new Known(counted.instance(), counted.counter().counter().name(), values));
        }
    }

    private static String boot() {
        try {
            return Files.readString(BOOT).strip();
        } catch (IOException e) {
            throw new HostException("`" + BOOT + "` could not be read: " + IoReason.of(e), "mount /proc");
        }
    }

    /** The counts of one counter and key, added up over the maps of the counter. */
    private static final class Sum {
        private final Counted counted;
        private final Map<String, Object> key;
        private final String epoch;
        private final Map<String, BigInteger> values = new LinkedHashMap<>();
        private final Map<String, BigInteger> changes = new LinkedHashMap<>();

        Sum(Counted counted, InstanceState.Row row, String epoch) {
            this.counted = counted;
            this.key = row.key();
            this.epoch = epoch;
        }

        void add(InstanceState.Row row, Map<String, BigInteger> changed) {
            row.values().forEach((column, value) -> {
                boolean time = !changed.containsKey(column);
                values.merge(column, value, (one, other) -> time ? one.max(other) : wrapped(one.add(other)));
            });
            changed.forEach((column, change) -> changes.merge(column, change, (one, other) -> wrapped(one.add(other))));
        }
    }

    /** Returns the key by which maps are added up; a map that is gone has lines of its own. */
    private static List<Object> group(Counted counted) {
        return List.of(
                counted.instance(),
                counted.counter().counter().name(),
                counted.gone() ? counted.counter().id() : 0);
    }

    /**
     * Returns the epoch of a counter: the boot id, and the ids of the counter's first maps.
     */
    private static String epoch(Round round, Counted of) {
        StringBuilder text = new StringBuilder(round.known.boot().substring(0, 8));
        round.reading.counted().stream()
                .filter(other -> group(other).equals(group(of)))
                .map(other -> Integer.toUnsignedLong(other.counter().first()))
                .sorted()
                .forEach(first -> text.append('-').append(first));
        return text.toString();
    }

    /** Returns the changes of all columns but times. */
    private static Map<String, BigInteger> changes(
            Counted counted, InstanceState.Row row, Map<String, BigInteger> last) {
        Map<String, BigInteger> changes = new LinkedHashMap<>();
        counted.counter().counter().columns().stream()
                .filter(column -> !column.isTime())
                .forEach(column -> {
                    BigInteger value = row.values().getOrDefault(column.name(), BigInteger.ZERO);
                    BigInteger before = last.getOrDefault(column.name(), BigInteger.ZERO);
                    // The kernel may have removed the key of such a counter and added it again.
                    boolean again = counted.counter().evicts() && value.compareTo(before) < 0;
                    changes.put(column.name(), again ? value : wrapped(value.subtract(before)));
                });
        return changes;
    }

    /** Returns a number modulo 2^64, as counts wrap. */
    private static BigInteger wrapped(BigInteger number) {
        return number.mod(BigInteger.ONE.shiftLeft(Long.SIZE));
    }

    private static Optional<BigInteger> cgroup(InstanceState.Row row) {
        return row.key().entrySet().stream()
                .filter(field -> field.getKey().equals(CGROUP) || field.getKey().startsWith(ANCESTOR))
                .filter(field -> field.getValue() instanceof BigInteger)
                .map(field -> (BigInteger) field.getValue())
                .findFirst();
    }

    /** Returns the directory of a cgroup: the present one, else the one that was known before. */
    private Optional<String> path(BigInteger id, ExportState known) {
        return host.cgroups()
                .byId(id.longValue())
                .found()
                .flatMap(Cgroup::visible)
                .map(path -> Printable.of(path.toString()))
                .or(() -> Optional.ofNullable(known.paths().get(id)));
    }

    private ExportLine line(Sum sum, long number, String from, String now, Map<BigInteger, String> paths) {
        Optional<BigInteger> cgroup = cgroup(new InstanceState.Row(sum.key, Map.of()));
        Optional<String> path = cgroup.flatMap(id -> Optional.ofNullable(paths.get(id)));
        InstanceName instance = sum.counted.instance();
        return new ExportLine(
                number,
                from,
                now,
                instance,
                sum.counted.counter().counter().name(),
                sum.epoch,
                sum.key,
                cgroup,
                path,
                path.map(names::label),
                path.flatMap(text -> names.of(text).container().map(Container::shown)),
                sum.values,
                sum.changes);
    }

    private void note(CounterReader.Reading reading) {
        reading.skipped()
                .forEach((name, why) -> notes.accept("`" + name + "` is left out until the next export: " + why));
        reading.uncounted().forEach((counter, number) -> {
            if (!number.equals(uncounted.put(counter, number))) {
                notes.accept("not counted by `" + counter + "`, because there was no room for another key: " + number);
            }
        });
    }
}
