// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterText;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.RateText;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.InstanceState.Row;
import org.ringwall.sys.Fd;

/** A reader of counters and rates. */
public final class Counts {
    private static final byte[] FIRST = new byte[Integer.BYTES];
    private static final int FULL = 8;

    private final Bpf bpf;

    public Counts(Bpf bpf) {
        this.bpf = bpf;
    }

    /**
     * Returns the counts of every key: sums over all CPUs and maps, or the latest of several times.
     *
     * @param maps the existing maps of the counter; a key may be in several
     */
    public List<Row> counter(List<Fd> maps, CounterText text) {
        Map<Map<String, Object>, Row> rows = new LinkedHashMap<>();
        maps.forEach(map -> counter(map, text)
                .forEach(row -> rows.merge(row.key(), row, (one, other) -> together(text.columns(), one, other))));
        return sorted(rows.values());
    }

    private static Row together(List<CounterLayout.Column> columns, Row one, Row other) {
        Map<String, BigInteger> both = new LinkedHashMap<>();
        for (CounterLayout.Column column : columns) {
            BigInteger first = one.values().getOrDefault(column.name(), BigInteger.ZERO);
            BigInteger second = other.values().getOrDefault(column.name(), BigInteger.ZERO);
            boolean time = column.unit() == CounterUnit.TIME;
            // Counts wrap at 64 bits.
            both.put(
                    column.name(),
                    time ? first.max(second) : Span.unsigned(first.add(second).longValue()));
        }
        return new Row(one.key(), both);
    }

    private List<Row> counter(Fd map, CounterText text) {
        int size = text.columns().size() * Long.BYTES;
        int all = MapEntries.perCpu(bpf, size);
        if (bpf.mapInfo(map).valueSize() != size) {
            throw new EntryException("the counter's map does not have the declared columns", "apply the policy again");
        }
        KeyFields fields = KeyFields.of(bpf, map, text.key());
        return rows(map, all, fields, value -> counts(text.columns(), value));
    }

    private static Map<String, BigInteger> counts(List<CounterLayout.Column> columns, byte[] value) {
        ByteBuffer bytes = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
        int size = columns.size() * Long.BYTES;
        Map<String, BigInteger> counts = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            long total = 0;
            for (int at = i * Long.BYTES; at < value.length; at += size) {
                long one = bytes.getLong(at);
                boolean time = columns.get(i).unit() == CounterUnit.TIME;
                total = time ? Math.max(total, one) : total + one;
            }
            counts.put(columns.get(i).name(), Span.unsigned(total));
        }
        return counts;
    }

    /**
     * Returns the tokens of every bucket that has been used, at a time in ns of CLOCK_BOOTTIME. A
     * key without a bucket has all tokens.
     */
    public List<Row> rate(Fd map, RateText text, long now) {
        if (!text.key().isEmpty()) {
            return sorted(new RateBuckets(bpf, map, text).rows(text, now));
        }
        int size = bpf.mapInfo(map).valueSize();
        if (size != FULL + Long.BYTES) {
            throw new EntryException("the rate's map has no buckets", "apply the policy again");
        }
        return rows(map, size, KeyFields.of(bpf, map, List.of()), value -> {
            long full = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong(FULL);
            return Map.of("tokens", BigInteger.valueOf(text.tokens(full, now)));
        });
    }

    /**
     * Returns how many requests were judged by the bucket that keys of a rate share if there is no
     * room for one of their own.
     */
    public BigInteger shared(Fd map, RateText text) {
        return text.key().isEmpty() ? BigInteger.ZERO : new RateBuckets(bpf, map, text).shared();
    }

    private interface Reading {
        Map<String, BigInteger> of(byte[] value);
    }

    private List<Row> rows(Fd map, int size, KeyFields fields, Reading reading) {
        List<Row> rows = new ArrayList<>();
        if (fields.isEmpty()) {
            bpf.mapLookup(map, FIRST, size).ifPresent(value -> rows.add(new Row(Map.of(), reading.of(value))));
            return rows;
        }
        MapEntries.all(bpf, map, size)
                .forEach((key, value) -> rows.add(new Row(fields.read(key.array()), reading.of(value))));
        return sorted(rows);
    }

    private static List<Row> sorted(Collection<Row> rows) {
        return rows.stream()
                .sorted(Comparator.comparing(row -> row.key().values().toString()))
                .toList();
    }

    /**
     * Returns the sums over all CPUs of the numbers in `ringwall_lost`, by the names of its
     * members; empty if the map has no types.
     */
    public Map<String, BigInteger> losses(Fd map) {
        MapInfo info = bpf.mapInfo(map);
        int size = info.valueSize();
        byte[] value = bpf.mapLookup(map, FIRST, MapEntries.perCpu(bpf, size)).orElse(new byte[0]);
        Map<String, BigInteger> sums = new LinkedHashMap<>();
        MapTypes.numbers(MapTypes.of(bpf, info.btf()), info.valueType()).forEach((name, offset) -> {
            ByteBuffer bytes = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
            long sum = 0;
            for (int at = offset; at + Long.BYTES <= value.length; at += size + 7 & -8) {
                sum += bytes.getLong(at);
            }
            sums.put(name, Span.unsigned(sum));
        });
        return sums;
    }
}
