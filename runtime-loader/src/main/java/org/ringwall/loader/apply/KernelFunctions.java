package org.ringwall.loader.apply;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.object.KfuncCall;
import org.ringwall.bpf.object.ProgramSpec;

/**
 * The running kernel's functions that an object's programs call. They are taken from the kernel itself, never from its
 * modules; one that it does not have is a {@link HostException} before anything is loaded.
 */
final class KernelFunctions {
    private final Btf kernel;

    KernelFunctions(Btf kernel) {
        this.kernel = kernel;
    }

    /** The calls with this kernel's ids, by slot. */
    Map<Integer, Insn> resolve(ProgramSpec program) {
        Map<Integer, Insn> resolved = new HashMap<>();
        for (KfuncCall call : program.kfuncCalls()) {
            OptionalInt id = kernel.func(call.function());
            resolved.put(call.slot(), new Insn.CallKfunc(id.orElseThrow(() -> missing(call.function())), (short) 0));
        }
        return resolved;
    }

    private static HostException missing(String function) {
        return new HostException(
                "this kernel has no function `" + function + "`, and the policy calls it",
                "leave the hook's assignments out of the policy, or run a kernel that has the function");
    }
}
