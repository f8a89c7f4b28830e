// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.emit.Compiled;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Symbols;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Policy;

class GeneratedCodeTest {
    private static final Target NEW = new Target(KernelVersion.V6_1, ByteOrder.LITTLE_ENDIAN);
    private static final String REFUSAL = "policy p\nrequires kernel 6.1\non connect4 { default deny EACCES }\n";

    private static Assembly code(String text, Hook hook) {
        return Compiled.code(Compiled.policy("p.wall", text, NEW), hook, NEW);
    }

    private static TinyMachine machine(Assembly assembly, Hook hook) {
        return new TinyMachine(assembly, NEW.order(), hook.context().size());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, true",
        "0, 0, 1, false",
        "1, 1, 0, false",
        "1, 1, 1, true",
        "1, 1, 2, false",
        "1, 2, 1, true",
        "1, 2, 2, true",
        "1, 2, 3, false",
        // Generations are unsigned.
        "2147483647, 2147483648, 2147483648, true",
        "2147483647, 2147483648, 2147483649, false",
        "4294967295, 4294967295, 1, false"
    })
    void decidesOnlyWhileTheControlWordIncludesItsGeneration(long lo, long hi, long generation, boolean decides) {
        TinyMachine machine = machine(code(REFUSAL, Hook.CONNECT4), Hook.CONNECT4);
        machine.global32(Symbols.CONTROL, 0, (int) lo);
        machine.global32(Symbols.CONTROL, 4, (int) hi);
        machine.global32(Symbols.GENERATION, 0, (int) generation);

        assertThat(machine.run()).isEqualTo(decides ? 0 : 1);
        assertThat(machine.retval).isEqualTo(decides ? -13 : 0);
    }

    @Test
    void keepsAnErrnoThatIsAlreadySet() {
        TinyMachine machine = machine(code(REFUSAL, Hook.CONNECT4), Hook.CONNECT4);
        machine.retval = -111;

        assertThat(machine.run()).isZero();
        assertThat(machine.retval).isEqualTo(-111);
    }

    @Test
    void plainDenialLeavesTheErrnoToTheKernel() {
        Assembly assembly = code("policy p\non connect4 { default deny }\n", Hook.CONNECT4);

        assertThat(assembly.insns())
                .doesNotContain(
                        new Insn.CallHelper(Helper.GET_RETVAL.id()), new Insn.CallHelper(Helper.SET_RETVAL.id()));
    }

    @Test
    void readsUidAndGidWithASingleCall() {
        Assembly assembly = code("""
                policy ids
                requires kernel 6.1
                sockets {
                  allow if uid in 1000..1999 and gid in { 5, 100 }
                  deny EACCES if gid == 6
                  default deny
                }
                """, Hook.SOCK_CREATE);

        assertThat(assembly.insns())
                .filteredOn(insn -> insn.equals(new Insn.CallHelper(Helper.GET_CURRENT_UID_GID.id())))
                .hasSize(1);
    }

    @Test
    void comparesNamesWholeAndNotByPrefix() {
        Assembly assembly =
                code("policy p\nsysctl { allow if name == \"kernel/hostname\"; default deny }\n", Hook.SYSCTL);
        for (String name : new String[] {
            "kernel/hostname", "kernel/hostnam", "kernel/hostname/", "kernel/hostname/and/more", "Kernel/hostname"
        }) {
            TinyMachine machine = machine(assembly, Hook.SYSCTL);
            machine.name = name.getBytes(StandardCharsets.UTF_8);
            assertThat(machine.run()).as(name).isEqualTo(name.equals("kernel/hostname") ? 1 : 0);
        }
    }

    @Test
    void refusesAnErrnoThatTheTargetDoesNotSupport() {
        Policy policy = Compiled.policy("p.wall", REFUSAL, NEW);
        Routine routine = PolicyDiagrams.of(policy).decisions().stream()
                .map(decision -> Passes.run(Lowering.lower(policy, decision, KernelVersion.V5_10)))
                .findFirst()
                .orElseThrow();

        assertThatThrownBy(() -> CodeGenerator.generate(routine, Target.DEFAULT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("`deny EACCES` for kernel 5.10");
    }

    @Test
    void refusesARoutineWithUnexpandedSwitches() {
        Policy policy =
                Compiled.policy("p.wall", "policy p\non sock_create { deny if type == raw; default allow }\n", NEW);
        Routine lowered =
                Lowering.lower(policy, PolicyDiagrams.of(policy).decisions().get(0), KernelVersion.V5_10);

        assertThatThrownBy(() -> CodeGenerator.generate(lowered, NEW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a switch has no code");
    }

    /**
     * Returns a policy with this many single addresses, each with its own uid, so that no single
     * table covers them.
     */
    private static String scattered(int addresses) {
        StringBuilder text = new StringBuilder("policy far\non connect4 {\n");
        for (int i = 0; i < addresses; i++) {
            text.append("  deny if remote.ip == 10.%d.%d.4 and uid == %d\n".formatted(i >> 8, i & 255, i + 1));
        }
        return text.append("  default allow\n}\n").toString();
    }

    @Test
    void jumpsBeyondSixteenBitsRequireNewerKernels() {
        Policy policy = Compiled.policy("far.wall", scattered(9_000), Target.DEFAULT);
        Routine routine = Passes.run(
                Lowering.lower(policy, PolicyDiagrams.of(policy).decisions().get(0), KernelVersion.V5_10));
        Target newest = new Target(KernelVersion.V6_12, NEW.order());

        assertThatThrownBy(() -> CodeGenerator.generate(routine, Target.DEFAULT))
                .isInstanceOf(CodeTooLargeException.class);
        assertThatCode(() -> assertThat(CodeGenerator.generate(routine, newest).insns())
                        .anyMatch(insn -> insn instanceof Insn.GotoLong))
                .doesNotThrowAnyException();
    }
}
