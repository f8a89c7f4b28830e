package org.ringwall.bench.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ringwall.bench.samples.Whole;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.CounterText;
import org.ringwall.loader.apply.InstanceState;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.state.MapEntries;
import org.ringwall.loader.sys.Fd;

/** What calls leave behind, found again. */
interface Effect extends AutoCloseable {
    /** How much of it there is by now. */
    long found();

    /** Takes out what is there, so that there is room for more. */
    default void catchUp() {}

    @Override
    default void close() {}

    /** Begins to look for it. */
    interface Kind {
        /** Of one contestant that is in force. */
        Effect of(Whole whole);
    }

    /** Nothing is looked for. */
    static Effect nothing(Whole whole) {
        return () -> 0;
    }

    /** The sum of the first column of our counter over all keys, and what found no room. */
    static Kind counter(String name) {
        return whole -> () -> {
            try (InstanceState state = whole.loader().state(whole.instance())) {
                CounterText text = java.util.Objects.requireNonNull(
                        state.texts().counters().get(name));
                String column = text.columns().get(0).name();
                return state.counts(name).orElseThrow().stream()
                        .mapToLong(row -> java.util.Objects.requireNonNull(
                                        row.values().get(column))
                                .longValueExact())
                        .sum();
            }
        };
    }

    /** The sum of all numbers in a map of C: u64 values, of all CPUs. */
    static Kind map(String name) {
        return whole -> () -> {
            try (Fd map = whole.map(name)) {
                return sum(whole.bpf(), map);
            }
        };
    }

    /** The first number at the first place of an array of C, of all CPUs. */
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

    /** The sum of the numbers of the global variables. */
    static Kind globals() {
        return whole -> () -> {
            try (Fd map = globals(whole)) {
                return sum(whole.bpf(), map);
            }
        };
    }

    /** The map that holds the variables of a C object that are 0 at first: libbpf names it after object and section. */
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

    /** All of the map's u64 numbers. */
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

    /** Types of maps that hold a value for each CPU (enum bpf_map_type of include/uapi/linux/bpf.h). */
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
