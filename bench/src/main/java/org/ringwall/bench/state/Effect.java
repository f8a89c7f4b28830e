// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ringwall.bench.samples.Whole;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.sys.Fd;

/** The effects of calls, as they are found afterwards. */
interface Effect extends AutoCloseable {
    /** Returns the number of effects so far. */
    long found();

    /** Consumes pending effects, so that there is room for more. */
    default void catchUp() {}

    @Override
    default void close() {}

    /** A kind of effect. */
    interface Kind {
        /** Starts observing the effects of a contestant that is in force. */
        Effect of(Whole whole);
    }

    /** Observes nothing. */
    static Effect nothing(Whole whole) {
        return () -> 0;
    }

    /** Observes the sum of the first column of Ringwall's counter over all keys. */
    static Kind counter(String name) {
        return whole -> () -> {
            try (InstanceState state = whole.loader().state(whole.instance())) {
                String column = state.counters().stream()
                        .filter(counter -> counter.name().equals(name))
                        .map(counter -> counter.columns().get(0).name())
                        .findFirst()
                        .orElseThrow();
                return state.counts(name).orElseThrow().stream()
                        .mapToLong(row -> java.util.Objects.requireNonNull(
                                        row.values().get(column))
                                .longValueExact())
                        .sum();
            }
        };
    }

    /** Observes the sum of all u64 values in a map of C, on all CPUs. */
    static Kind map(String name) {
        return whole -> () -> {
            try (Fd map = whole.map(name)) {
                return sum(whole.bpf(), map);
            }
        };
    }

    /** Observes the first u64 of the first element of an array of C, on all CPUs. */
    static Kind first(String name) {
        return whole -> () -> {
            try (Fd map = whole.map(name)) {
                Bpf bpf = whole.bpf();
                MapInfo info = bpf.mapInfo(map);
                int size = PerCpu.is(info.type()) ? MapEntries.perCpu(bpf, info.valueSize()) : info.valueSize();
                byte[] value = bpf.mapLookup(map, new byte[Integer.BYTES], size).orElseThrow();
                ByteBuffer numbers = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
                long sum = 0;
                for (int at = 0; at < size; at += info.valueSize()) {
                    sum += numbers.getLong(at);
                }
                return sum;
            }
        };
    }

    /** Observes the sum of the global variables of C. */
    static Kind globals() {
        return whole -> () -> {
            try (Fd map = globals(whole)) {
                return sum(whole.bpf(), map);
            }
        };
    }

    /**
     * Returns the map with the zero-initialized variables of a C object. libbpf names it after the
     * object and the section.
     */
    static Fd globals(Whole whole) {
        Bpf bpf = whole.bpf();
        for (Hook hook : whole.hooks()) {
            for (int id : whole.mapIds(hook)) {
                Fd map = bpf.mapById(id);
                if (bpf.mapInfo(map).name().endsWith(".bss")) {
                    return map;
                }
                map.close();
            }
        }
        throw new IllegalArgumentException(whole.title() + " has no variables");
    }

    /** Returns the sum of all u64 values in a map. */
    static long sum(Bpf bpf, Fd map) {
        MapInfo info = bpf.mapInfo(map);
        boolean perCpu = PerCpu.is(info.type());
        int size = perCpu ? MapEntries.perCpu(bpf, info.valueSize()) : info.valueSize();
        long sum = 0;
        for (byte[] value : MapEntries.all(bpf, map, size).values()) {
            ByteBuffer numbers = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
            while (numbers.remaining() >= Long.BYTES) {
                sum += numbers.getLong();
            }
        }
        return sum;
    }

    /** The map types with a value for each CPU (enum bpf_map_type of include/uapi/linux/bpf.h). */
    final class PerCpu {
        private static final int HASH = 5;
        private static final int ARRAY = 6;
        private static final int LRU_HASH = 10;

        private PerCpu() {}

        static boolean is(int type) {
            return type == HASH || type == ARRAY || type == LRU_HASH;
        }
    }
}
