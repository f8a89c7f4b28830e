// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ringwall.bench.field.PlainMap;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.MapType;
import org.ringwall.loader.bpf.MapSpec;

/** The rows for calls into the kernel, and for the primitives of effects. */
final class CallRows {
    private static final int ENTRIES = 1_024;

    /** BPF_F_NO_PREALLOC. */
    private static final int NO_PREALLOC = 1;

    /** The size in bytes of a ring buffer that no reader empties. */
    private static final int RING = 64 << 20;

    /** An odd number, whose multiples are spread over all addresses. */
    private static final int SPREAD = 0x9e3779b1;

    /** The number of columns of a counter. */
    private static final int ADDED = 4;

    private static final String FIRST = "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\n";

    private final PriceList list;

    private CallRows(PriceList list) {
        this.list = list;
    }

    static void addTo(PriceList list) {
        CallRows calls = new CallRows(list);
        calls.helpers();
        calls.maps();
        calls.effects();
    }

    private void helpers() {
        for (Helper helper : List.of(
                Helper.GET_CURRENT_PID_TGID,
                Helper.GET_CURRENT_UID_GID,
                Helper.GET_CURRENT_CGROUP_ID,
                Helper.GET_NETNS_COOKIE,
                Helper.KTIME_GET_BOOT_NS)) {
            call(helper, "call #" + helper.id() + "\n");
        }
        list.price("bpf_ktime_get_ns", listing("call #5\n"));
        list.price("bpf_ktime_get_coarse_ns", listing("call #160\n"));
        list.price("bpf_get_prandom_u32", listing("call #7\n"));
        list.price("bpf_get_smp_processor_id", listing("call #8\n"));
        call(
                Helper.GET_CURRENT_COMM,
                "*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\nr1 = r10\nr1 += -16\nr2 = 16\ncall #16\n");
    }

    private void call(Helper helper, String listing) {
        list.price("bpf_" + helper.name().toLowerCase(Locale.ROOT), listing(listing));
    }

    private static PlainProgram listing(String text) {
        return PlainProgram.listing(Hook.CONNECT4, text + PriceList.PASS);
    }

    private void maps() {
        lookup("array lookup", keyed(MapType.ARRAY, 4, ENTRIES, 0), 7);
        MapSpec hash = keyed(MapType.HASH, 4, ENTRIES, 0);
        lookup("hash lookup, hit", hash, 7);
        list.price("hash lookup, miss", looking(hash, ENTRIES + 7));
    }

    private void lookup(String primitive, MapSpec spec, int key) {
        list.price(primitive, looking(spec, key));
    }

    private static PlainProgram looking(MapSpec spec, int key) {
        boolean filled = spec.maxEntries() == ENTRIES;
        ByteBuffer keys = ByteBuffer.allocate(filled ? 4 * ENTRIES : 0).order(ByteOrder.nativeOrder());
        for (int i = 0; keys.hasRemaining(); i++) {
            keys.putInt(i);
        }
        PlainMap map = new PlainMap(spec, Bytes.of(keys.flip()), Bytes.zeros(filled ? 8 * ENTRIES : 0), false);
        return with(map, "*(u32 *)(r10 -4) = " + key + "\nr2 = r10\nr2 += -4\nr1 = map[fd:0]\ncall #1\n");
    }

    /**
     * Adds the primitives of effects. A record has 8 bytes, in a ring buffer with room for all
     * records.
     */
    private void effects() {
        lookup("per-CPU array lookup", keyed(MapType.PERCPU_ARRAY, 4, 1, 0), 0);
        lookup("LRU hash lookup, hit", keyed(MapType.LRU_HASH, 4, ENTRIES, 0), 7);
        adding();
        for (int entries : List.of(10, 100, 1_000, 10_000, 100_000)) {
            trie(entries);
        }
        MapSpec ring = keyed(MapType.RINGBUF, 0, RING, 0);
        list.price(
                "ring buffer reserve and submit",
                with(
                        PlainMap.empty(ring),
                        "r1 = map[fd:0]\n"
                                + "r2 = 8\n"
                                + "r3 = 0\n"
                                + "call #131\n"
                                + "if r0 == 0x0 goto pc+4\n"
                                + "*(u64 *)(r0 +0) = 0\n"
                                + "r1 = r0\n"
                                + "r2 = 1\n"
                                + "call #132\n"));
        list.price(
                "spin lock and unlock",
                with(
                        Typed.locked(MapSpec.array("locked", 8, 1, 0)),
                        FIRST + "r1 = map[fd:0]\ncall #1\nif r0 == 0x0 goto pc+5\nr6 = r0\nr1 = r0\ncall #93\nr1 = r6\n"
                                + "call #94\n"));
        list.price(
                "socket storage get",
                with(
                        Typed.numbered(keyed(MapType.SK_STORAGE, 4, 0, NO_PREALLOC)),
                        "r2 = *(u64 *)(r1 +64)\nr1 = map[fd:0]\nr3 = 0\nr4 = 1\ncall #107\n"));
    }

    /** Adds the row of adding to the numbers of a map value. */
    private void adding() {
        MapSpec spec = new MapSpec(
                "added",
                MapType.PERCPU_ARRAY.number(),
                4,
                ADDED * Long.BYTES,
                1,
                0,
                Optional.empty(),
                Optional.empty());
        String looked = FIRST + "r1 = map[fd:0]\ncall #1\nif r0 == 0x0 goto pc+" + (ADDED + 1) + "\nr1 = 1\n";
        StringBuilder adds = new StringBuilder(looked);
        for (int i = 0; i < ADDED; i++) {
            adds.append("lock *(u64 *)(r0 +").append(i * Long.BYTES).append(") += r1\n");
        }
        list.add("numbers found", with(PlainMap.empty(spec), looked + "r1 += 1\n".repeat(ADDED)));
        String primitive = "adding to a number of this CPU";
        list.add(primitive, with(PlainMap.empty(spec), adds.toString()));
        list.add(Price.of(primitive, primitive, "numbers found", ADDED));
    }

    private static MapSpec keyed(MapType type, int key, int entries, int flags) {
        int value = type == MapType.RINGBUF ? 0 : Long.BYTES;
        return new MapSpec("priced", type.number(), key, value, entries, flags, Optional.empty(), Optional.empty());
    }

    /** Adds the row of a trie of /32 prefixes, with a lookup of one of them. */
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
        list.price(
                "LPM lookup, " + entries,
                with(
                        map,
                        "*(u32 *)(r10 -8) = 32\n*(u32 *)(r10 -4) = " + entries / 2 * SPREAD
                                + "\nr2 = r10\nr2 += -8\nr1 = map[fd:0]\ncall #1\n"));
    }

    private static PlainProgram with(PlainMap map, String text) {
        return new PlainProgram(Hook.CONNECT4, listing(text).insns(), List.of(map));
    }
}
