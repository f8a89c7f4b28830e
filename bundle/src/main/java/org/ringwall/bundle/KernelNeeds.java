// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.KfuncCall;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.object.ProgramSpec;

/**
 * The kernel features that an object requires.
 *
 * @param hooks by their names in policies, in the order of the programs
 * @param helpers the names of helpers without {@code bpf_}, each with the hooks that call it
 * @param mapTypes the names of map types, also of inner maps, in lower case: {@code ringbuf}
 * @param functions the names of kernel functions that programs call
 * @param instructions the instruction set of BPF: {@code v3}, or {@code v4}
 * @param kernelTypes whether the loader takes offsets from the running kernel's BTF (CO-RE)
 */
public record KernelNeeds(
        List<String> hooks,
        Map<String, List<String>> helpers,
        List<String> mapTypes,
        List<String> functions,
        String instructions,
        boolean kernelTypes) {
    /** The values of {@code instructions}: BPF's ISA versions, as {@code -mcpu} of clang. */
    public static final String V3 = "v3";

    public static final String V4 = "v4";

    public KernelNeeds {
        hooks = List.copyOf(hooks);
        helpers = Collections.unmodifiableMap(new LinkedHashMap<>(helpers));
        mapTypes = List.copyOf(mapTypes);
        functions = List.copyOf(functions);
    }

    /** Derives the requirements of an object from its programs and maps. */
    public static KernelNeeds of(BpfObject object) {
        Map<String, Set<String>> helpers = new TreeMap<>();
        Set<String> functions = new TreeSet<>();
        boolean newer = false;
        boolean relocated = false;
        for (ProgramSpec program : object.programs()) {
            for (Insn insn : program.insns()) {
                newer |= isOfV4(insn);
                if (insn instanceof Insn.CallHelper call) {
                    String name = Helper.of(call.id()).map(Helper::kernelName).orElse("helper " + call.id());
                    helpers.computeIfAbsent(name, any -> new TreeSet<>()).add(hook(program));
                }
            }
            program.kfuncCalls().stream().map(KfuncCall::function).forEach(functions::add);
            relocated |= !program.coreRelocations().isEmpty()
                    || !program.kfuncCalls().isEmpty();
        }
        Map<String, List<String>> called = new LinkedHashMap<>();
        helpers.forEach((name, hooks) -> called.put(name, List.copyOf(hooks)));
        return new KernelNeeds(
                object.programs().stream().map(KernelNeeds::hook).toList(),
                called,
                object.maps().stream()
                        .flatMap(map -> Stream.concat(Stream.of(map), map.inner().stream()))
                        .map(map -> typeName(map.type()))
                        .distinct()
                        .sorted()
                        .toList(),
                List.copyOf(functions),
                newer ? V4 : V3,
                relocated);
    }

    private static String hook(ProgramSpec program) {
        return Hook.ofSection(program.section()).map(Hook::word).orElse(program.section());
    }

    /** Returns the name of a map type in lower case. */
    static String typeName(MapType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private static boolean isOfV4(Insn insn) {
        if (insn instanceof Insn.Mov mov) {
            return mov.from() != mov.width();
        }
        if (insn instanceof Insn.Load load) {
            return load.signed();
        }
        if (insn instanceof Insn.Alu alu) {
            return alu.op().signed();
        }
        return insn instanceof Insn.GotoLong || (insn instanceof Insn.Swap swap && swap.op() == Insn.SwapOp.BSWAP);
    }
}
