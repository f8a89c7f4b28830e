// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.calibrate;

import java.util.List;
import java.util.Optional;
import org.ringwall.bench.field.PlainMap;
import org.ringwall.bench.field.PlainProgram;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.MapType;
import org.ringwall.loader.bpf.MapSpec;

/**
 * The rows for writes to a request, and for state that is passed between the ends of a connection.
 */
final class WriteRows {
    private static final String EMPTY_SYSCTL = "empty at a sysctl";
    private static final String FIRST = "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\n";
    private static final int STORES = 32;
    private static final int ENTRIES = 1_024;

    /** BPF_F_NO_PREALLOC. */
    private static final int NO_PREALLOC = 1;

    private final PriceList list;

    private WriteRows(PriceList list) {
        this.list = list;
    }

    static void addTo(PriceList list) {
        WriteRows rows = new WriteRows(list);
        rows.writes();
        rows.storage();
    }

    private void writes() {
        String load = "r2 = *(u32 *)(r1 +4)\n";
        list.add("context stores", load + "*(u32 *)(r1 +4) = r2\n".repeat(STORES) + PriceList.PASS);
        list.add(Price.of("context store", "context stores", PriceList.EMPTY, STORES));
        list.price(
                "bpf_setsockopt",
                at(Hook.CONNECT4, "*(u32 *)(r10 -4) = 0\nr2 = 1\nr3 = 12\nr4 = r10\nr4 += -4\nr5 = 4\ncall #49\n"));
        list.add(EMPTY_SYSCTL, at(Hook.SYSCTL, ""));
        sysctl(Helper.SYSCTL_GET_NEW_VALUE, "r2 = r10\nr2 += -256\nr3 = 256\ncall #103\n");
        sysctl(Helper.SYSCTL_SET_NEW_VALUE, "*(u64 *)(r10 -8) = 48\nr2 = r10\nr2 += -8\nr3 = 1\ncall #104\n");
    }

    private void sysctl(Helper helper, String listing) {
        String primitive = "bpf_" + helper.name().toLowerCase(java.util.Locale.ROOT);
        list.add(primitive, at(Hook.SYSCTL, listing));
        list.add(Price.of(primitive, primitive, EMPTY_SYSCTL, 1));
    }

    /**
     * Adds the rows of socket storage and of state passed between sockets. The driver's sockets
     * have none at first.
     */
    private void storage() {
        String update = FIRST + "*(u64 *)(r10 -16) = 0\nr3 = r10\nr3 += -16\nr4 = 0\nr1 = map[fd:0]\ncall #2\n";
        list.price(
                "LRU hash update and delete",
                with(PlainMap.empty(spec(MapType.LRU_HASH, ENTRIES, 0)), update + FIRST + "r1 = map[fd:0]\ncall #3\n"));
        list.price(
                "socket storage create and delete",
                with(
                        Typed.numbered(spec(MapType.SK_STORAGE, 0, NO_PREALLOC)),
                        "r6 = *(u64 *)(r1 +64)\nr2 = r6\nr1 = map[fd:0]\nr3 = 0\nr4 = 1\ncall #107\n"
                                + "r2 = r6\nr1 = map[fd:0]\ncall #108\n"));
    }

    private static MapSpec spec(MapType type, int entries, int flags) {
        return new MapSpec(
                "priced", type.number(), Integer.BYTES, Long.BYTES, entries, flags, Optional.empty(), Optional.empty());
    }

    private static PlainProgram at(Hook hook, String text) {
        return PlainProgram.listing(hook, text + PriceList.PASS);
    }

    private static PlainProgram with(PlainMap map, String text) {
        return new PlainProgram(Hook.CONNECT4, at(Hook.CONNECT4, text).insns(), List.of(map));
    }
}
