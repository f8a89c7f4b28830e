// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.ringwall.bpf.btf.Btf;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.object.KfuncCall;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.loader.model.HostException;

/**
 * A resolver of calls of kernel functions to ids of the running kernel. Only functions of vmlinux
 * count, not those of modules. A missing function is a {@link HostException} before anything is
 * loaded.
 */
final class KernelFunctions {
    private final Btf kernel;

    KernelFunctions(Btf kernel) {
        this.kernel = kernel;
    }

    /** Returns the calls with this kernel's ids, by slot. */
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
                "remove the hook's assignments from the policy, or run a kernel that has the function");
    }
}
