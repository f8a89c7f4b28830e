// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
import java.util.Map;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.ir.MapPlace;

/**
 * The target of an object.
 *
 * @param oldest the oldest kernel that must accept it
 * @param order the byte order of the machines that run it
 * @param places the places of the maps that programs look up in an index, by name
 */
public record Target(KernelVersion oldest, ByteOrder order, Map<String, MapPlace> places) {
    /** The default: every tested kernel, on little-endian machines. */
    public static final Target DEFAULT = new Target(KernelVersion.V5_10, ByteOrder.LITTLE_ENDIAN);

    private static final KernelVersion CPU_V4 = new KernelVersion(6, 6);

    public Target {
        places = Map.copyOf(places);
    }

    /** Creates a target of programs that name all maps. */
    public Target(KernelVersion oldest, ByteOrder order) {
        this(oldest, order, Map.of());
    }

    /** Returns the same target with maps in indexes. */
    public Target with(Map<String, MapPlace> indexed) {
        return new Target(oldest, order, indexed);
    }

    /**
     * Returns the newest instruction set that every such kernel supports. The compiler needs V4
     * only for far jumps.
     */
    Cpu cpu() {
        return oldest.atLeast(CPU_V4) ? Cpu.V4 : Cpu.V3;
    }

    /** Returns whether a denial at this hook can have an errno other than EPERM. */
    public boolean choosesErrno(Hook hook) {
        return Helper.GET_RETVAL.availableAt(hook, oldest) && Helper.SET_RETVAL.availableAt(hook, oldest);
    }
}
