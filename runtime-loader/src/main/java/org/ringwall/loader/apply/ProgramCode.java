// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.bpf.object.Relocation;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.object.PolicyObject;

/**
 * The instructions of an object's programs as they are loaded: with maps, the offsets and functions
 * of the running kernel, and constants in the place of loads from `.rodata`. They depend on nothing
 * else, so that a program in force can be compared with its object.
 */
public final class ProgramCode {
    private final PolicyObject policy;
    private final KernelOffsets offsets;
    private final KernelFunctions functions;

    public ProgramCode(Bpf bpf, PolicyObject policy) {
        Btf kernel = KernelTypes.of(bpf, policy.object());
        this.policy = policy;
        this.offsets = new KernelOffsets(kernel, policy.object().btf());
        this.functions = new KernelFunctions(kernel);
    }

    /**
     * Returns the instructions of a program.
     *
     * @param rodata the content of `.rodata` of a generation; not used for a plain object
     * @param maps the number of the descriptor of each map and data section, by its name
     */
    public List<Insn> of(ProgramSpec program, byte[] rodata, ToIntFunction<String> maps) {
        List<Insn> resolved = resolve(program, maps);
        return policy.plain() ? resolved : ConstantLoads.fold(program, resolved, rodata);
    }

    private List<Insn> resolve(ProgramSpec program, ToIntFunction<String> maps) {
        Map<Integer, Relocation> bySlot = new HashMap<>();
        program.relocations().forEach(relocation -> bySlot.put(relocation.slot(), relocation));
        Map<Integer, Insn> ofKernel = new HashMap<>(offsets.resolve(program));
        ofKernel.putAll(functions.resolve(program));
        List<Insn> resolved = new ArrayList<>();
        int slot = 0;
        for (Insn insn : program.insns()) {
            Relocation relocation = bySlot.get(slot);
            Insn own = ofKernel.getOrDefault(slot, insn);
            resolved.add(relocation == null ? own : resolve(insn, relocation, maps));
            slot += insn.slots();
        }
        return resolved;
    }

    private Insn resolve(Insn insn, Relocation relocation, ToIntFunction<String> maps) {
        if (!(insn instanceof Insn.LoadImm64 load)) {
            throw new IllegalStateException("a relocation of an instruction that loads no address");
        }
        long fd = maps.applyAsInt(relocation.symbol());
        boolean data = policy.object().section(relocation.symbol()).isPresent();
        return data
                ? new Insn.LoadImm64(Insn.Pseudo.MAP_VALUE, load.dst(), (long) relocation.addend() << 32 | fd)
                : new Insn.LoadImm64(Insn.Pseudo.MAP_FD, load.dst(), fd);
    }
}
