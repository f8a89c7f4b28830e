// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.nio.ByteOrder;
import java.util.List;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfBuilder;
import org.ringwall.bpf.btf.BtfType;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.MapType;
import org.ringwall.machine.map.KeyedMap;
import org.ringwall.machine.map.MapHost;
import org.ringwall.machine.map.MapOfMaps;
import org.ringwall.machine.map.Maps;
import org.ringwall.machine.map.Ring;
import org.ringwall.machine.map.SocketStorage;

/**
 * Programs in the notation of the verifier's log, with one map of each kind; `rN = &name` loads a
 * map's address, `;` ends an instruction.
 */
final class MapRuns {
    /** Sets `r2 = r10 - 4`, where it stores the key 1 of 4 bytes. */
    static final String KEY = "*(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; ";

    /** Sets `r3 = r10 - 16`, where it stores the value 7 of 8 bytes. */
    static final String VALUE = "*(u64 *)(r10 -16) = 7; r3 = r10; r3 += -16; ";

    private Maps maps = Maps.NONE;
    private final ByteOrder order;

    MapRuns(ByteOrder order) {
        this.order = order;
        MapHost host = new MapHost(order, 2);
        BtfBuilder types = new BtfBuilder();
        int u32 = types.integer("unsigned int", BtfType.Encoding.UNSIGNED, 4);
        int u64 = types.integer("unsigned long long", BtfType.Encoding.UNSIGNED, 8);
        int lock = types.struct("bpf_spin_lock", 4, List.of(new BtfType.Member("val", u32, 0, 0)));
        int bucket = types.struct(
                "bucket",
                16,
                List.of(
                        new BtfType.Member("pad", u32, 0, 0),
                        new BtfType.Member("lock", lock, 32, 0),
                        new BtfType.Member("full", u64, 64, 0)));
        Btf btf = types.build();
        for (MapType type :
                List.of(MapType.ARRAY, MapType.PERCPU_ARRAY, MapType.HASH, MapType.PERCPU_HASH, MapType.LRU_HASH)) {
            add(new MapSpec(type.name(), type, 4, 8, 2, 0), btf, host);
        }
        add(new MapSpec("trie", MapType.LPM_TRIE, 8, 8, 2, 1), btf, host);
        add(new MapSpec("read", MapType.ARRAY, 4, 8, 2, 1 << 7), btf, host);
        add(new MapSpec("ring", MapType.RINGBUF, 0, 0, 4096, 0), btf, host);
        add(new MapSpec("buckets", MapType.ARRAY, 4, 16, 2, 0).typed(u32, bucket), btf, host);
        add(
                new MapSpec("outer", MapType.ARRAY_OF_MAPS, 4, 4, 2, 0)
                        .holding(new MapSpec("inner", MapType.HASH, 4, 8, 2, 0)),
                btf,
                host);
        add(new MapSpec("notes", MapType.SK_STORAGE, 4, 8, 0, 1), btf, host);
    }

    private void add(MapSpec spec, Btf types, MapHost host) {
        maps = maps.with(spec.name(), Maps.create(spec, types, host));
    }

    KeyedMap keyed(String name) {
        return maps.keyed(name);
    }

    Ring ring() {
        return maps.ring("ring");
    }

    MapOfMaps outer() {
        return maps.outer("outer");
    }

    SocketStorage notes() {
        return maps.storage("notes");
    }

    LoadedProgram program(String text) {
        try {
            return ProgramText.load(text, maps);
        } catch (InsnSyntaxException e) {
            throw new AssertionError(e);
        }
    }

    Run start(String text, Environment environment) {
        Context context = Context.zero(Hook.CONNECT4.context(), order);
        return Machine.start(program(text), Hook.CONNECT4, context, environment);
    }

    Outcome run(String text) {
        return run(text, Runs.NEWEST);
    }

    Outcome run(String text, Environment environment) {
        return start(text, environment).finish();
    }

    /** Returns the signed result of the last call of this helper; the program itself returns 1. */
    long result(String text, String helper, Environment environment) {
        Outcome.Returned returned = Runs.returned(run(text + "r0 = 1; exit", environment));
        return returned.calls().stream()
                .filter(call -> call.helper().kernelName().equals(helper))
                .reduce((first, second) -> second)
                .map(call -> Long.parseLong(call.result()))
                .orElseThrow();
    }
}
