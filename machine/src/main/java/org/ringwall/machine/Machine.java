// SPDX-License-Identifier: Apache-2.0
package org.ringwall.machine;

import java.util.List;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Hook;

/**
 * A machine for programs of cgroup hooks. It is strict: what the verifier of the environment's
 * kernel rejects on the executed path is a trap, as is what only a privileged loader may do with
 * pointers (compare, subtract, leak). Other paths are not checked.
 */
public final class Machine {
    private Machine() {}

    /** Runs a program without symbols. */
    public static Outcome run(List<Insn> program, Hook hook, Context context, Environment environment) {
        return run(LoadedProgram.of(program), hook, context, environment);
    }

    /**
     * Runs the program once on a host of the context's byte order, with fresh copies of context and
     * data sections, and on the program's maps themselves.
     */
    public static Outcome run(LoadedProgram program, Hook hook, Context context, Environment environment) {
        return start(program, hook, context, environment).finish();
    }

    /** Starts a run that continues one instruction at a time. */
    public static Run start(LoadedProgram program, Hook hook, Context context, Environment environment) {
        if (context.struct() != hook.context()) {
            throw new IllegalArgumentException(
                    hook.word() + " takes a " + hook.context().kernelName());
        }
        return new Run(new Execution(program, hook, context, environment));
    }
}
