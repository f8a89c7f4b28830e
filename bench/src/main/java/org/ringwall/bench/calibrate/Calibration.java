package org.ringwall.bench.calibrate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bench.Effort;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.field.PlainMap;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bench.verdict.Prices;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapType;
import org.ringwall.loader.bpf.MapSpec;

/** Programs that differ from another in one primitive, or in many of a kind, and what that difference takes. */
public final class Calibration {
    private static final String EMPTY = "empty";
    private static final String EMPTY_SYSCTL = "empty at a sysctl";
    private static final String DRAW = "draw";
    private static final String PASS = "r0 = 1\nexit\n";
    private static final int LOADS = 32;
    private static final int LEVELS = 16;
    private static final int ENTRIES = 1_024;
    private static final int KIB = 1_024;

    /** BPF_F_NO_PREALLOC. */
    private static final int NO_PREALLOC = 1;

    /** Bytes of a ring that no reader empties. */
    private static final int RING = 64 << 20;

    /** Odd, so that multiples of it are spread over all addresses. */
    private static final int SPREAD = 0x9e3779b1;

    private static final String FIRST = "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\n";

    private static final List<Integer> TABLES_KIB = List.of(4, 16, 64, 256, 1_024, 4_096, 16_384);

    private final Effort effort;
    private final Map<String, PlainProgram> programs = new LinkedHashMap<>();
    private final List<Price> prices = new ArrayList<>();

    public Calibration(Effort effort) {
        this.effort = effort;
        add(EMPTY, PASS);
        straightLine();
        helpers();
        writes();
        maps();
        effects();
        storage();
        tables();
    }

    /** What one row compares. */
    private record Price(String primitive, String keys, String program, String base, int parts) {}

    /** Measures; needs root, a cgroup2 mount and a bpffs. */
    public Table table() {
        Prices.Measured measured = Prices.measure(effort, programs);
        List<List<String>> rows = new ArrayList<>();
        for (Price price : prices) {
            if (!measured.refused().containsKey(price.program())) {
                Summary summary = measured.difference(
                        price.program(), price.base(), price.keys().equals("one key"), price.parts());
                rows.add(List.of(price.primitive(), price.keys(), Summary.number(summary.median()), summary.spread()));
            }
        }
        List<String> notes = measured.refused().entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
        return new Table(
                "calibrate",
                "ns of one primitive at connect4, or where a sysctl is written, net of a program without it; medians of " + effort.rounds()
                        + " rounds of " + effort.calls() + " calls, and between what half of the rounds lie",
                List.of("primitive", "keys", "ns", "spread"),
                rows,
                notes);
    }

    private void add(String name, String listing) {
        programs.put(name, PlainProgram.listing(Hook.CONNECT4, listing));
    }

    private void price(String primitive, String listing) {
        add(primitive, listing);
        prices.add(new Price(primitive, "any", primitive, EMPTY, 1));
    }

    private void straightLine() {
        add("loads", "r2 = *(u32 *)(r1 +4)\n".repeat(LOADS) + PASS);
        prices.add(new Price("context load", "any", "loads", EMPTY, LOADS));
        StringBuilder levels = new StringBuilder("r2 = *(u32 *)(r1 +4)\nr3 = 0\n");
        for (int bit = 0; bit < LEVELS; bit++) {
            levels.append("if r2 & 0x").append(Integer.toHexString(1 << bit)).append(" goto pc+1\nr3 += 1\n");
        }
        add("levels", levels + PASS);
        prices.add(new Price("compare, either way as often", "random", "levels", EMPTY, LEVELS));
        prices.add(new Price("compare, always the same way", "one key", "levels", EMPTY, LEVELS));
        price("BPF-to-BPF call", "call pc+2\n" + PASS + "r0 = 0\nexit\n");
    }

    private void helpers() {
        for (Helper helper : List.of(
                Helper.GET_CURRENT_PID_TGID,
                Helper.GET_CURRENT_UID_GID,
                Helper.GET_CURRENT_CGROUP_ID,
                Helper.GET_NETNS_COOKIE)) {
            price("bpf_" + helper.name().toLowerCase(java.util.Locale.ROOT), "call #" + helper.id() + "\n" + PASS);
        }
        price("bpf_ktime_get_ns", "call #5\n" + PASS);
        price("bpf_ktime_get_boot_ns", "call #125\n" + PASS);
        price("bpf_ktime_get_coarse_ns", "call #160\n" + PASS);
        price("bpf_get_prandom_u32", "call #7\n" + PASS);
        price("bpf_get_smp_processor_id", "call #8\n" + PASS);
        price(
                "bpf_get_current_comm",
                "*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\nr1 = r10\nr1 += -16\nr2 = 16\ncall #16\n" + PASS);
    }

    /** What calls put in the place of what the request says. */
    private void writes() {
        add("stores", "r2 = *(u32 *)(r1 +4)\n" + "*(u32 *)(r1 +4) = r2\n".repeat(LOADS) + PASS);
        prices.add(new Price("context store", "any", "stores", EMPTY, LOADS));
        price("bpf_setsockopt", "*(u32 *)(r10 -4) = 0\nr2 = 1\nr3 = 12\nr4 = r10\nr4 += -4\nr5 = 4\ncall #49\n" + PASS);
        programs.put(EMPTY_SYSCTL, PlainProgram.listing(Hook.SYSCTL, PASS));
        sysctl("bpf_sysctl_get_new_value", "r2 = r10\nr2 += -256\nr3 = 256\ncall #103\n");
        sysctl("bpf_sysctl_set_new_value", "*(u64 *)(r10 -8) = 48\nr2 = r10\nr2 += -8\nr3 = 1\ncall #104\n");
    }

    private void sysctl(String primitive, String listing) {
        programs.put(primitive, PlainProgram.listing(Hook.SYSCTL, listing + PASS));
        prices.add(new Price(primitive, "any", primitive, EMPTY_SYSCTL, 1));
    }

    private void maps() {
        lookup("array lookup", MapSpec.array("array", 8, ENTRIES, 0), 7);
        MapSpec hash = new MapSpec("hash", MapType.HASH.number(), 4, 8, ENTRIES, 0, Optional.empty(), Optional.empty());
        lookup("hash lookup, hit", hash, 7);
        lookup("hash lookup, miss", hash, ENTRIES + 7);
    }

    private void lookup(String primitive, MapSpec spec, int key) {
        PlainProgram program = PlainProgram.listing(
                Hook.CONNECT4, "*(u32 *)(r10 -4) = " + key + "\nr2 = r10\nr2 += -4\nr1 = map[fd:0]\ncall #1\n" + PASS);
        boolean filled = spec.maxEntries() == ENTRIES;
        ByteBuffer keys = ByteBuffer.allocate(filled ? 4 * ENTRIES : 0).order(ByteOrder.nativeOrder());
        for (int i = 0; keys.hasRemaining(); i++) {
            keys.putInt(i);
        }
        PlainMap map = new PlainMap(spec, Bytes.of(keys.flip()), Bytes.zeros(filled ? 8 * ENTRIES : 0), false);
        programs.put(primitive, new PlainProgram(Hook.CONNECT4, program.insns(), List.of(map)));
        prices.add(new Price(primitive, "any", primitive, EMPTY, 1));
    }

    /** What effects are made of; a record is of 8 bytes, in a ring with room for all of them. */
    private void effects() {
        lookup("per-CPU array lookup", keyed(MapType.PERCPU_ARRAY, 4, 1, 0), 0);
        lookup("LRU hash lookup, hit", keyed(MapType.LRU_HASH, 4, ENTRIES, 0), 7);
        for (int entries : List.of(10, 100, 1_000, 10_000, 100_000)) {
            trie(entries);
        }
        MapSpec ring = keyed(MapType.RINGBUF, 0, RING, 0);
        with(
                "ring buffer reserve and submit",
                PlainMap.empty(ring),
                "r1 = map[fd:0]\nr2 = 8\nr3 = 0\ncall #131\nif r0 == 0x0 goto pc+4\n*(u64 *)(r0 +0) = 0\nr1 = r0\nr2 = 1\n"
                        + "call #132\n");
        with(
                "spin lock and unlock",
                Typed.locked(MapSpec.array("locked", 8, 1, 0)),
                FIRST
                        + "r1 = map[fd:0]\ncall #1\nif r0 == 0x0 goto pc+5\nr6 = r0\nr1 = r0\ncall #93\nr1 = r6\ncall #94\n");
    }

    /** What sockets carry, and what one end leaves to the other; sockets of the driver begin without anything. */
    private void storage() {
        PlainMap lru = PlainMap.empty(keyed(MapType.LRU_HASH, 4, ENTRIES, 0));
        String update = FIRST + "*(u64 *)(r10 -16) = 0\nr3 = r10\nr3 += -16\nr4 = 0\nr1 = map[fd:0]\ncall #2\n";
        with("LRU hash update and delete", lru, update + FIRST + "r1 = map[fd:0]\ncall #3\n");
        MapSpec storage = keyed(MapType.SK_STORAGE, 4, 0, NO_PREALLOC);
        with(
                "socket storage create and delete",
                Typed.numbered(storage),
                "r6 = *(u64 *)(r1 +64)\nr2 = r6\nr1 = map[fd:0]\nr3 = 0\nr4 = 1\ncall #107\n"
                        + "r2 = r6\nr1 = map[fd:0]\ncall #108\n");
        with(
                "socket storage get",
                Typed.numbered(storage),
                "r2 = *(u64 *)(r1 +64)\nr1 = map[fd:0]\nr3 = 0\nr4 = 1\ncall #107\n");
    }

    private static MapSpec keyed(MapType type, int key, int entries, int flags) {
        int value = type == MapType.RINGBUF ? 0 : Long.BYTES;
        return new MapSpec("priced", type.number(), key, value, entries, flags, Optional.empty(), Optional.empty());
    }

    /** A trie of prefixes of 24 bits and more, and an address in one of them. */
    private void trie(int entries) {
        ByteBuffer keys = ByteBuffer.allocate(8 * entries).order(ByteOrder.nativeOrder());
        for (int i = 0; i < entries; i++) {
            keys.putInt(32).putInt(i * SPREAD);
        }
        PlainMap map = new PlainMap(
                keyed(MapType.LPM_TRIE, 8, entries, NO_PREALLOC),
                Bytes.of(keys.flip()),
                Bytes.zeros(Long.BYTES * entries),
                false);
        with(
                "LPM lookup, " + entries,
                map,
                "*(u32 *)(r10 -8) = 32\n*(u32 *)(r10 -4) = " + entries / 2 * SPREAD
                        + "\nr2 = r10\nr2 += -8\nr1 = map[fd:0]\ncall #1\n");
    }

    private void with(String primitive, PlainMap map, String listing) {
        PlainProgram program = PlainProgram.listing(Hook.CONNECT4, listing + PASS);
        programs.put(primitive, new PlainProgram(Hook.CONNECT4, program.insns(), List.of(map)));
        prices.add(new Price(primitive, "any", primitive, EMPTY, 1));
    }

    /** One byte at a random place: `bpf_get_prandom_u32` draws it, in the program that is subtracted too. */
    private void tables() {
        add(DRAW, "call #7\nw0 &= 4095\n" + PASS);
        for (int kib : TABLES_KIB) {
            String name = "table of " + kib + " KiB, one load";
            List<Insn> insns =
                    new ArrayList<>(PlainProgram.listing(Hook.CONNECT4, "call #7\nw0 &= " + (kib * KIB - 1) + "\n")
                            .insns());
            insns.add(new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, Reg.R1, 0));
            insns.addAll(PlainProgram.listing(Hook.CONNECT4, "r1 += r0\nr0 = *(u8 *)(r1 +0)\n" + PASS)
                    .insns());
            PlainMap map = PlainMap.empty(MapSpec.array("table", kib * KIB, 1, 0));
            programs.put(name, new PlainProgram(Hook.CONNECT4, insns, List.of(map)));
            prices.add(new Price(name, "any", name, DRAW, 1));
        }
    }
}
