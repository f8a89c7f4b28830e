// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.testrunner.Contexts;
import org.ringwall.compiler.testrunner.EmittedPolicy;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.ProgramGenerator;
import org.ringwall.conformance.generate.RandomChoices;
import org.ringwall.machine.Context;
import org.ringwall.machine.Environment;
import org.ringwall.machine.LoadedProgram;
import org.ringwall.machine.Machine;
import org.ringwall.machine.Outcome;
import org.ringwall.machine.Segment;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** A test that the machine and the kernel give equal results on the same instruction bytes. */
@KernelTest
class KernelDifferentialTest {
    private static final int INPUTS_EACH = 64;

    /**
     * The only helper that is compared: every program reads the time if monitor mode may be on, and
     * every program type has it.
     */
    private static final int CLOCK = Helper.KTIME_GET_BOOT_NS.id();

    @BeforeEach
    void requireSyscallPrograms() {
        RunningKernel.needs(5, 14, "BPF_PROG_TYPE_SYSCALL");
    }

    @Test
    void theKernelReturnsWhatTheMachineReturnsForEmittedPrograms() {
        Differential run = Differential.ofProperties();
        long compared = 0;
        for (int i = 0; i < run.policies(); i++) {
            compared += comparePrograms(run, i);
        }
        System.out.println("machine = kernel for " + compared + " requests");
        assertThat(compared).isGreaterThanOrEqualTo(run.policies() * 10L);
    }

    /**
     * Compares the programs of a policy. Errnos are left out, so that few programs call helpers
     * that this program type lacks.
     */
    private static long comparePrograms(Differential run, int number) {
        GeneratedPolicy generated = run.policy(number);
        RandomChoices choices = new RandomChoices(~(run.seed() + number));
        Map<Param, Long> params = generated.params(choices);
        List<Request> requests = generated.requests(choices, params, run.requests());
        Target target = new Target(KernelVersion.V6_1, ByteOrder.LITTLE_ENDIAN);
        BpfObject object = MachineMeaning.object(generated.withoutErrnos(), target);
        EmittedPolicy emitted = EmittedPolicy.load(object, params, target.oldest());
        long compared = 0;
        for (Hook hook : Hook.values()) {
            LoadedProgram program = emitted.program(hook).orElse(LoadedProgram.of(List.of()));
            boolean calls = program.insns().stream()
                    .anyMatch(insn -> insn instanceof Insn.CallHelper call && call.id() != CLOCK);
            List<Request> asked =
                    requests.stream().filter(request -> request.hook() == hook).toList();
            if (calls || followsPointer(program, hook) || program.insns().isEmpty() || asked.isEmpty()) {
                continue;
            }
            try (KernelProgram kernel =
                    KernelProgram.load(program, hook.context().size())) {
                for (Request request : asked) {
                    Context context = Contexts.context(request, target.order());
                    Outcome outcome = Machine.run(
                            program, hook, context, Contexts.environment(request, target.oldest(), target.order()));
                    assertThat(outcome)
                            .as("seed %d, %s", run.seed() + number, request)
                            .isInstanceOf(Outcome.Returned.class);
                    assertThat(kernel.run(context.bytes()))
                            .as("seed %d, %s%n%s", run.seed() + number, request, generated.text())
                            .isEqualTo(((Outcome.Returned) outcome).r0());
                    assertThat(kernel.context())
                            .as("seed %d, %s%n%s", run.seed() + number, request, generated.text())
                            .isEqualTo(((Outcome.Returned) outcome).context().bytes());
                    compared++;
                }
            }
        }
        return compared;
    }

    /**
     * Returns whether a program follows a pointer to an option's value or to a socket. Such
     * programs are left out, because neither exists without a hook.
     */
    private static boolean followsPointer(LoadedProgram program, Hook hook) {
        String pointer = hook.context() == ContextStruct.SOCKOPT ? "optval" : "sk";
        return hook.context()
                .field(pointer)
                .filter(field -> program.insns().stream()
                        .anyMatch(insn -> insn instanceof Insn.Load load
                                && load.width() == Width.DW
                                && load.off() == field.offset()
                                && load.src() != Reg.R10))
                .isPresent();
    }

    @Test
    void theKernelComputesWhatTheMachineComputesForRandomPrograms() {
        RunningKernel.needs(6, 6, "sign extension, unconditional swaps and signed division (cpu v4)");
        Differential run = Differential.ofProperties();
        for (int i = 0; i < run.policies(); i++) {
            long seed = run.seed() + i;
            LoadedProgram program = ProgramGenerator.of(seed);
            RandomChoices choices = new RandomChoices(~seed);
            try (KernelProgram kernel = KernelProgram.load(program, 8)) {
                for (int j = 0; j < INPUTS_EACH; j++) {
                    byte[] inputs = ProgramGenerator.inputs(choices);
                    Outcome outcome = run(program.with(new Segment(ProgramGenerator.DATA, false, inputs)));
                    kernel.write(ProgramGenerator.DATA, inputs);
                    assertThat(outcome).as("seed %d", seed).isInstanceOf(Outcome.Returned.class);
                    Outcome.Returned returned = (Outcome.Returned) outcome;
                    assertThat(kernel.run(new byte[8])).isEqualTo(returned.r0());
                    assertThat(kernel.read(ProgramGenerator.DATA, ProgramGenerator.SIZE))
                            .as("seed %d%n%s", seed, program.insns())
                            .isEqualTo(returned.segment(ProgramGenerator.DATA)
                                    .orElseThrow()
                                    .content());
                }
            }
        }
    }

    private static Outcome run(LoadedProgram program) {
        return Machine.run(
                program, Hook.DEVICE, Context.zero(Hook.DEVICE.context()), Environment.of(KernelVersion.V6_12));
    }
}
