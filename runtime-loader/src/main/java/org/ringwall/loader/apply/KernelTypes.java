// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfFormatException;
import org.ringwall.bpf.btf.BtfReader;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.model.HostException;

/** The running kernel's types, as far as an object depends on them. */
public final class KernelTypes {
    private KernelTypes() {}

    /**
     * Returns the types that the object names. If it names none, nothing is read, so that it also
     * loads on kernels without BTF.
     */
    static Btf of(Bpf bpf, BpfObject object) {
        Set<String> names = names(object);
        if (names.isEmpty()) {
            return Btf.EMPTY;
        }
        byte[] types = bpf.kernelTypes()
                .orElseThrow(() -> new HostException(
                        "the policy depends on kernel structs or functions, but this kernel has no type information",
                        "run a kernel built with CONFIG_DEBUG_INFO_BTF, which has /sys/kernel/btf/vmlinux"));
        try {
            return BtfReader.readNamed(types, names);
        } catch (BtfFormatException e) {
            throw new HostException(
                    "cannot read the types of this kernel: " + e.getMessage(),
                    "use a ringwall that knows this kernel's /sys/kernel/btf/vmlinux");
        }
    }

    /**
     * Returns the first of these functions that the kernel's types do not have.
     *
     * @param types the types in the kernel's encoding
     */
    public static Optional<String> lacking(byte[] types, List<String> functions) {
        try {
            Btf kernel = BtfReader.readNamed(types, Set.copyOf(functions));
            return functions.stream()
                    .filter(name -> kernel.func(name).isEmpty())
                    .findFirst();
        } catch (BtfFormatException e) {
            return functions.stream().findFirst();
        }
    }

    private static Set<String> names(BpfObject object) {
        Set<String> names = new HashSet<>();
        for (ProgramSpec program : object.programs()) {
            program.coreRelocations()
                    .forEach(relocation -> names.add(KernelOffsets.essential(
                            relocation.struct(object.btf()).orElseThrow().name())));
            program.kfuncCalls().forEach(call -> names.add(call.function()));
        }
        return names;
    }
}
