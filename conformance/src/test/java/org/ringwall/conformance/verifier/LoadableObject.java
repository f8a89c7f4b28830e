// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.verifier;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.InsnCodec;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.conformance.map.KernelMaps;
import org.ringwall.loader.bpf.KernelBpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.bpf.VerifierLog;
import org.ringwall.machine.map.Maps;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Syscalls;

/**
 * An object whose maps and data are in the kernel, so that programs that use them can be loaded one
 * by one.
 */
final class LoadableObject implements AutoCloseable {
    private static final byte[] FIRST_KEY = new byte[4];

    private final BpfObject object;
    private final KernelBpf bpf = new KernelBpf(Syscalls.ofThisMachine());
    private final KernelMaps maps;
    private final Map<String, Fd> sections = new HashMap<>();

    LoadableObject(BpfObject object) {
        this.object = object;
        this.maps = new KernelMaps(Maps.of(object, bpf.possibleCpus()), object.btf());
        object.data().forEach(this::create);
    }

    private void create(DataSection section) {
        int flags = section.readOnly() ? MapSpec.READ_ONLY_FOR_PROGRAMS : 0;
        Fd map = bpf.mapCreate(MapSpec.array(section.name(), section.content().size(), 1, flags));
        sections.put(section.name(), map);
        bpf.mapUpdate(map, FIRST_KEY, section.content().toArray());
        if (section.readOnly()) {
            bpf.mapFreeze(map);
        }
    }

    /** A rejection: the errno, and the verifier's log. */
    record Refusal(String errno, String log) {}

    /** Returns why the kernel rejects the program; empty if it accepts it. */
    Optional<Refusal> refusal(ProgramSpec program) {
        Hook hook = Hook.ofSection(program.section()).orElseThrow();
        Bytes code = Bytes.of(InsnCodec.encode(resolved(program), ByteOrder.nativeOrder()));
        ProgSpec spec = ProgSpec.plain("mutant", hook.programType().number(), hook.attachType(), code);
        try (Fd loaded = bpf.progLoad(spec)) {
            return Optional.empty();
        } catch (KernelRefusedException e) {
            return Optional.of(
                    new Refusal(e.errno().name(), e.log().map(VerifierLog::text).orElse("")));
        }
    }

    private List<Insn> resolved(ProgramSpec program) {
        Map<Integer, Relocation> bySlot = new HashMap<>();
        program.relocations().forEach(relocation -> bySlot.put(relocation.slot(), relocation));
        List<Insn> insns = new ArrayList<>();
        int slot = 0;
        for (Insn insn : program.insns()) {
            Optional<Relocation> relocation = Optional.ofNullable(bySlot.get(slot));
            insns.add(
                    insn instanceof Insn.LoadImm64 load
                            ? relocation.map(at -> resolved(load, at)).orElse(load)
                            : insn);
            slot += insn.slots();
        }
        return insns;
    }

    private Insn resolved(Insn.LoadImm64 load, Relocation at) {
        if (object.map(at.symbol()).isPresent()) {
            long fd = maps.map(at.symbol()).number();
            return new Insn.LoadImm64(Insn.Pseudo.MAP_FD, load.dst(), fd);
        }
        long fd = Optional.ofNullable(sections.get(at.symbol())).orElseThrow().number();
        return new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, load.dst(), (long) at.addend() << 32 | fd);
    }

    @Override
    public void close() {
        sections.values().forEach(Fd::close);
        maps.close();
        bpf.close();
    }
}
