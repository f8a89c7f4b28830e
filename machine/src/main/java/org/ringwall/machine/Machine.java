package org.ringwall.machine;

import java.util.List;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Hook;

/**
 * Runs programs of cgroup hooks. Strict: what the verifier of the environment's kernel refuses on the path that runs is a
 * trap, as is what only a privileged loader may do with pointers (compare, subtract, leak). Paths that do not run are not
 * looked at.
 */
public final class Machine {
    private Machine() {}

    /** Runs a program that names no symbol. */
    public static Outcome run(List<Insn> program, Hook hook, Context context, Environment environment) {
        return run(LoadedProgram.of(program), hook, context, environment);
    }

    /**
     * Runs the program once on a host of the context's byte order: from fresh copies of context and data sections, and on the
     * program's maps as they are.
     */
    public static Outcome run(LoadedProgram program, Hook hook, Context context, Environment environment) {
        return start(program, hook, context, environment).finish();
    }

    /** The same, to be gone on with one instruction at a time. */
    public static Run start(LoadedProgram program, Hook hook, Context context, Environment environment) {
        if (context.struct() != hook.context()) {
            throw new IllegalArgumentException(
                    hook.word() + " takes a " + hook.context().kernelName());
        }
        return new Run(new Execution(program, hook, context, environment));
    }
}
