// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.Kfunc;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;

/**
 * A program to verify.
 *
 * @param kernel the kernel that must accept it
 * @param addresses the pointer that the wide load at a slot yields, if it is not a number
 * @param kfuncs the function that the call at a slot calls
 */
record Subject(
        Hook hook,
        KernelVersion kernel,
        List<Insn> insns,
        Map<Integer, Pointer> addresses,
        Map<Integer, Kfunc> kfuncs) {
    Subject {
        insns = List.copyOf(insns);
        addresses = Map.copyOf(addresses);
        kfuncs = Map.copyOf(kfuncs);
    }

    /**
     * Returns a program of an object.
     *
     * @throws IllegalArgumentException if its section is not a hook's
     */
    static Subject of(BpfObject object, ProgramSpec program, KernelVersion kernel) {
        Hook hook = Hook.ofSection(program.section())
                .orElseThrow(() -> new IllegalArgumentException("`" + program.section() + "` is not a hook's section"));
        Map<String, MapShape> shapes = new HashMap<>();
        for (MapSpec map : object.maps()) {
            shapes.put(map.name(), MapShape.of(map, object.btf()));
        }
        Map<Integer, Pointer> addresses = new HashMap<>();
        for (Relocation relocation : program.relocations()) {
            addresses.put(relocation.slot(), address(object, relocation, shapes));
        }
        Map<Integer, Kfunc> kfuncs = new HashMap<>();
        program.kfuncCalls()
                .forEach(call -> Kfunc.named(call.function()).ifPresent(known -> kfuncs.put(call.slot(), known)));
        return new Subject(hook, kernel, program.insns(), addresses, kfuncs);
    }

    private static Pointer address(BpfObject object, Relocation relocation, Map<String, MapShape> shapes) {
        MapShape shape = shapes.computeIfAbsent(relocation.symbol(), name -> data(object, name));
        return object.map(relocation.symbol()).isPresent()
                ? new Pointer.MapObject(shape, Pointer.NO_ID, false)
                : new Pointer.MapValue(shape, Numbers.of(relocation.addend()), Pointer.NO_ID, false);
    }

    private static MapShape data(BpfObject object, String name) {
        DataSection section = object.section(name)
                .orElseThrow(() -> new IllegalArgumentException("no map and no section `" + name + "`"));
        return MapShape.ofData(name, section.content().size(), section.readOnly());
    }
}
