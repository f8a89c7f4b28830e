// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.field;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.insn.InsnParser;
import org.ringwall.bpf.insn.InsnSyntaxException;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.loader.bpf.MapSpec;

/**
 * A program without BTF, as an ordinary loader passes it to the kernel.
 *
 * @param insns instructions that refer to a map by its index in `maps`, where the kernel expects a
 * descriptor
 */
public record PlainProgram(Hook hook, List<Insn> insns, List<PlainMap> maps) {
    /** The program that allows everything. It measures the cost of calling a program. */
    private static final String EMPTY = "r0 = 1\nexit\n";

    /**
     * The program that allows everything after it has read the name of the sysctl, as every program
     * must.
     */
    private static final String NAME_ONLY = """
            *(u64 *)(r10 -8) = 0
            *(u64 *)(r10 -16) = 0
            *(u64 *)(r10 -24) = 0
            *(u64 *)(r10 -32) = 0
            *(u64 *)(r10 -40) = 0
            *(u64 *)(r10 -48) = 0
            *(u64 *)(r10 -56) = 0
            *(u64 *)(r10 -64) = 0
            r2 = r10
            r2 += -64
            r3 = 64
            r4 = 0
            call #101
            r0 = 1
            exit
            """;

    public PlainProgram {
        insns = List.copyOf(insns);
        maps = List.copyOf(maps);
    }

    /**
     * Returns the baseline that is subtracted from all measurements: the program that allows
     * everything, and at sysctl reads the name first.
     */
    public static PlainProgram floor(Hook hook) {
        return listing(hook, hook == Hook.SYSCTL ? NAME_ONLY : EMPTY);
    }

    /** Returns a program without maps, given in the notation of the verifier log. */
    public static PlainProgram listing(Hook hook, String text) {
        try {
            return new PlainProgram(hook, InsnParser.program(text), List.of());
        } catch (InsnSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns a function of an object, with the entries `filled` for the maps of these names. */
    public static PlainProgram of(BpfObject object, Hook hook, String function, Map<String, PlainMap.Fill> filled) {
        ProgramSpec program = object.program(function)
                .orElseThrow(() -> new IllegalStateException("the object has no function " + function));
        List<PlainMap> maps = new ArrayList<>();
        Map<String, Integer> places = new HashMap<>();
        for (org.ringwall.bpf.object.MapSpec map : object.maps()) {
            places.put(map.name(), maps.size());
            maps.add(Optional.ofNullable(filled.get(map.name()))
                    .map(fill -> new PlainMap(spec(map), fill.keys(), fill.values(), false))
                    .orElseGet(() -> PlainMap.empty(spec(map))));
        }
        for (DataSection section : object.data()) {
            places.put(section.name(), maps.size());
            maps.add(data(section));
        }
        return new PlainProgram(hook, resolved(program, places, object.maps().size()), maps);
    }

    /** Returns the encoded instructions, with descriptors in place of map indices. */
    public Bytes code(IntUnaryOperator descriptors) {
        List<Insn> resolved = insns.stream()
                .map(insn -> insn instanceof Insn.LoadImm64 load && load.pseudo() != Insn.Pseudo.VALUE
                        ? described(load, descriptors)
                        : insn)
                .toList();
        return Bytes.of(InsnCodec.encode(resolved, ByteOrder.nativeOrder()));
    }

    private static Insn described(Insn.LoadImm64 load, IntUnaryOperator descriptors) {
        long fd = descriptors.applyAsInt(load.low());
        return new Insn.LoadImm64(load.pseudo(), load.dst(), (long) load.high() << 32 | fd);
    }

    private static MapSpec spec(org.ringwall.bpf.object.MapSpec map) {
        return new MapSpec(
                map.name(),
                map.type().number(),
                map.keySize(),
                map.valueSize(),
                map.maxEntries(),
                map.flags(),
                Optional.empty(),
                Optional.empty());
    }

    private static PlainMap data(DataSection section) {
        int flags = section.readOnly() ? MapSpec.READ_ONLY_FOR_PROGRAMS : 0;
        MapSpec spec = MapSpec.array("data", section.content().size(), 1, flags);
        return new PlainMap(spec, Bytes.zeros(4), section.content(), section.readOnly());
    }

    /**
     * Resolves relocations. Maps from index `firstData` on are data sections, to which a relocation
     * has an addend.
     */
    private static List<Insn> resolved(ProgramSpec program, Map<String, Integer> places, int firstData) {
        Map<Integer, Relocation> bySlot = new HashMap<>();
        program.relocations().forEach(relocation -> bySlot.put(relocation.slot(), relocation));
        List<Insn> insns = new ArrayList<>();
        int slot = 0;
        for (Insn insn : program.insns()) {
            Relocation relocation = bySlot.get(slot);
            insns.add(relocation == null ? insn : address((Insn.LoadImm64) insn, relocation, places, firstData));
            slot += insn.slots();
        }
        return insns;
    }

    private static Insn address(
            Insn.LoadImm64 load, Relocation relocation, Map<String, Integer> places, int firstData) {
        int place = Optional.ofNullable(places.get(relocation.symbol())).orElseThrow();
        return place < firstData
                ? new Insn.LoadImm64(Insn.Pseudo.MAP_FD, load.dst(), place)
                : new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, load.dst(), (long) relocation.addend() << 32 | place);
    }
}
