package org.ringwall.compiler.codegen;

import java.nio.ByteOrder;
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

    /** Whether a denial at this hook can have another errno than EPERM. */
    public boolean choosesErrno(Hook hook) {
        return Helper.GET_RETVAL.availableAt(hook, oldest) && Helper.SET_RETVAL.availableAt(hook, oldest);
    }
}
