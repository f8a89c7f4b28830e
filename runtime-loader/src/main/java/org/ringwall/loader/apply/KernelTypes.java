package org.ringwall.loader.apply;

import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.btf.BtfFormatException;
import org.ringwall.bpf.btf.BtfReader;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.loader.bpf.Bpf;

/** The running kernel's types, read once for an object that depends on them. */
final class KernelTypes {
    private KernelTypes() {}

    /** The types; none if the object needs none, so that other objects load on kernels that do not say. */
    static Btf of(Bpf bpf, BpfObject object) {
        boolean needed = object.programs().stream()
                .anyMatch(program -> !program.coreRelocations().isEmpty()
                        || !program.kfuncCalls().isEmpty());
        if (!needed) {
            return Btf.EMPTY;
        }
        byte[] types = bpf.kernelTypes()
                .orElseThrow(() -> new HostException(
                        "the policy depends on structs or functions of the kernel's own, and this kernel does not say where they are",
                        "run a kernel built with CONFIG_DEBUG_INFO_BTF, which has /sys/kernel/btf/vmlinux"));
        try {
            return BtfReader.read(types);
        } catch (BtfFormatException e) {
            throw new HostException(
                    "cannot read the types of this kernel: " + e.getMessage(),
                    "use a ringwall that knows this kernel's /sys/kernel/btf/vmlinux");
        }
    }
}
