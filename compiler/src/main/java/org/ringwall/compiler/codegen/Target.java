package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;

/**
 * What an object is made for.
 *
 * @param oldest the oldest kernel that must take it
 * @param order the byte order of the machines that run it
 */
public record Target(KernelVersion oldest, ByteOrder order) {
    /** The default: every tested kernel, on the machines that nearly all are. */
    public static final Target DEFAULT = new Target(KernelVersion.V5_10, ByteOrder.LITTLE_ENDIAN);

    private static final KernelVersion CPU_V4 = new KernelVersion(6, 6);

    /** The newest instructions that every such kernel knows; the compiler needs V4 for far jumps alone. */
    Cpu cpu() {
        return oldest.atLeast(CPU_V4) ? Cpu.V4 : Cpu.V3;
    }

    /** Whether a denial at this hook can have another errno than EPERM. */
    public boolean choosesErrno(Hook hook) {
        return Helper.GET_RETVAL.availableAt(hook, oldest) && Helper.SET_RETVAL.availableAt(hook, oldest);
    }
}
