// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.DataSection;
import org.ringwall.bpf.object.DataVariable;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.machine.Context;
import org.ringwall.machine.Done;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Segment;

/** The programs of an object, loaded into the machine as on a kernel of one version. */
public final class EmittedPolicy {
    private static final String READ_ONLY = ".rodata";

    private final Map<Hook, LoadedProgram> programs;
    private final ByteOrder order;
    private final KernelVersion kernel;
    private final int linear;

    private EmittedPolicy(Map<Hook, LoadedProgram> programs, ByteOrder order, KernelVersion kernel, int linear) {
        this.programs = programs;
        this.order = order;
        this.kernel = kernel;
        this.linear = linear;
    }

    /**
     * Returns the programs for packets with at most this many bytes in the linear part of the skb.
     */
    public EmittedPolicy withLinear(int bytes) {
        return new EmittedPolicy(programs, order, kernel, bytes);
    }

    /** Returns the programs with another content of a data section. */
    EmittedPolicy with(Segment section) {
        Map<Hook, LoadedProgram> changed = new EnumMap<>(Hook.class);
        programs.forEach((hook, program) -> changed.put(hook, program.with(section)));
        return new EmittedPolicy(changed, order, kernel, linear);
    }

    /**
     * Loads an object with maps of its own on a machine of its byte order; params that are not
     * given have their defaults.
     */
    public static EmittedPolicy load(BpfObject object, Map<Param, Long> params, KernelVersion kernel) {
        return load(object, params, kernel, StateMaps.of(object, 1));
    }

    /** Loads an object with these maps. */
    public static EmittedPolicy load(BpfObject object, Map<Param, Long> params, KernelVersion kernel, StateMaps maps) {
        Map<Hook, LoadedProgram> programs = new EnumMap<>(Hook.class);
        Segment values = withParams(object, params);
        for (ProgramSpec program : object.programs()) {
            Hook hook = Hook.ofSection(program.section())
                    .orElseThrow(() -> new IllegalArgumentException("no hook has the section " + program.section()));
            programs.put(hook, LoadedProgram.of(object, program, maps.maps()).with(values));
        }
        return new EmittedPolicy(programs, object.order(), kernel, Integer.MAX_VALUE);
    }

    /** Sets the params as a loader does before it freezes `.rodata` (docs/abi.md section 1). */
    private static Segment withParams(BpfObject object, Map<Param, Long> params) {
        DataSection section = object.section(READ_ONLY)
                .orElseThrow(() -> new IllegalArgumentException("the object has no " + READ_ONLY));
        ByteBuffer content = ByteBuffer.wrap(section.content().toArray()).order(object.order());
        params.forEach((param, value) -> {
            DataVariable variable = section.variable("param_" + param.name())
                    .orElseThrow(() -> new IllegalArgumentException("the object has no param `" + param.name() + "`"));
            content.putLong(variable.offset(), value);
        });
        return new Segment(READ_ONLY, true, content.array());
    }

    /** Returns the program for this hook; without one the hook allows everything. */
    public Optional<LoadedProgram> program(Hook hook) {
        return Optional.ofNullable(programs.get(hook));
    }

    /** Returns the byte order of the machine. */
    public ByteOrder order() {
        return order;
    }

    /**
     * Returns the verdict of the programs.
     *
     * @throws IllegalStateException if a program traps
     */
    public Verdict decide(Request request) {
        return answer(request).verdict();
    }

    /**
     * Returns the result of the programs.
     *
     * @throws IllegalStateException if a program traps
     */
    public Answer answer(Request request) {
        return answer(request, 0, 0);
    }

    /** Returns the result at a time in ns, on a CPU. */
    public Answer answer(Request request, long now, int cpu) {
        Context context = Contexts.context(request, order, linear);
        Optional<LoadedProgram> program = program(request.hook());
        if (program.isEmpty()) {
            return new Answer(Verdict.ALLOW, context, Contexts.addressed(request, order), Done.NOTHING);
        }
        Environment environment =
                Contexts.environment(request, kernel, order).at(now).on(cpu);
        Outcome outcome = Machine.run(program.get(), request.hook(), context, environment);
        if (outcome instanceof Outcome.Returned returned) {
            Verdict verdict = verdict(request.hook(), returned);
            return new Answer(
                    verdict,
                    written(unlessDenied(verdict, returned.context(), context), Contexts.context(request, order)),
                    returned.address(),
                    returned.done());
        }
        throw new IllegalStateException("the program for " + request.hook() + " traps: " + outcome);
    }

    /**
     * Returns the context after the writes. At socket options every program, inert or not, must set
     * `optlen` to 0, which means that only the result is written; otherwise the caller gets the
     * option's value and length. A packet's context does not depend on the size of its linear part.
     */
    private static Context written(Context after, Context before) {
        boolean same = after.struct() == ContextStruct.SK_BUFF && Arrays.equals(after.bytes(), before.bytes());
        boolean left = after.struct() == ContextStruct.SOCKOPT && after.number("optlen") == 0;
        if (left) {
            return before.with("retval", (int) after.number("retval"));
        }
        return same ? before : after;
    }

    /**
     * Restores `retval` after a denial at getsockopt, because its errno is the verdict and not a
     * write.
     */
    private static Context unlessDenied(Verdict verdict, Context after, Context before) {
        boolean told = after.struct() == ContextStruct.SOCKOPT && !verdict.allows();
        return told ? after.with("retval", (int) before.number("retval")) : after;
    }

    /**
     * A program that allows keeps the kernel's errno; one that denies stores its own in the
     * context.
     */
    private static int optionResult(Outcome.Returned returned) {
        return returned.r0() == Hook.ALLOW ? 0 : (int) returned.context().number("retval");
    }

    private static Verdict verdict(Hook hook, Outcome.Returned returned) {
        int result = hook == Hook.GETSOCKOPT ? optionResult(returned) : returned.result();
        Verdict verdict = result == 0
                ? Verdict.ALLOW
                : new Verdict.Deny(
                        Errno.of(-result).orElseThrow(() -> new IllegalStateException("no errno " + -result)));
        return (returned.r0() & ReturnBit.VALUE) != 0 ? verdict.with(hook.bitOne()) : verdict;
    }
}
