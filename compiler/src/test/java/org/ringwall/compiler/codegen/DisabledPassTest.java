// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.emit.Compiled;
import org.ringwall.compiler.emit.HookCode;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Policy;

/**
 * Every pass and peephole step only makes code shorter: without it, the code still returns the
 * value of the diagram.
 */
class DisabledPassTest {
    private static final List<Hook> HOOKS =
            List.of(Hook.CONNECT4, Hook.CONNECT6, Hook.BIND6, Hook.SOCK_CREATE, Hook.DEVICE, Hook.SYSCTL);

    private static final Target TARGET = new Target(KernelVersion.V6_1, ByteOrder.LITTLE_ENDIAN);

    static Stream<String> names() {
        return Stream.concat(Passes.optional().stream(), CodeGenerator.optional().stream());
    }

    @ParameterizedTest
    @MethodSource("names")
    void codeReturnsTheSameWithoutThePass(String without) throws CodeTooLargeException {
        Random random = new Random(20261125);
        for (int i = 0; i < 180; i++) {
            Hook hook = HOOKS.get(i % HOOKS.size());
            ByteOrder order = i % 4 < 2 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            Target target = new Target(KernelVersion.V6_1, order);
            Policy policy = Compiled.policy("random.wall", CodeAgainstDiagramTest.POLICY, target);
            HookDecision decision = new RandomDecisions(random, hook, policy.params()).generate();
            HookCode code = code(policy, decision, target, without);
            for (int n = 0; n < 60; n++) {
                CodeAgainstDiagramTest.RandomRequest request =
                        CodeAgainstDiagramTest.RandomRequest.generate(random, decision, policy);
                assertThat(request.run(code, order))
                        .as("%s, %s, policy %d", hook, request, i)
                        .isEqualTo(request.walk(decision.root()).verdict());
            }
        }
    }

    private static HookCode code(Policy policy, HookDecision decision, Target target, String without)
            throws CodeTooLargeException {
        Routine routine = Passes.without(Set.of(without), Lowering.lower(policy, decision, KernelVersion.V5_10));
        return new HookCode(routine, CodeGenerator.without(Set.of(without), routine, target));
    }

    /**
     * Returns the passes and steps that must have an effect here. The others need tables, globs or
     * state, or act on rare code. TidyTest, testdata/cases/ir and testdata/cases/bpf
     * cover them.
     */
    static Stream<String> stepsWithAnEffect() {
        List<String> elsewhere = List.of(
                "renumber",
                "thread-gotos",
                "drop-unread",
                "thread-jumps",
                "invert-branches",
                "decided-branches",
                "dead-return-values");
        return names().filter(name -> !elsewhere.contains(name));
    }

    /** A step without an effect on any policy would not be worth its code. */
    @ParameterizedTest
    @MethodSource("stepsWithAnEffect")
    void everyPassChangesCodeAndMakesNoneLonger(String without) throws CodeTooLargeException {
        Random random = new Random(20261126);
        int all = 0;
        int fewer = 0;
        boolean same = true;
        for (int i = 0; i < 180; i++) {
            Hook hook = HOOKS.get(i % HOOKS.size());
            Policy policy = Compiled.policy("random.wall", CodeAgainstDiagramTest.POLICY, TARGET);
            HookDecision decision = new RandomDecisions(random, hook, policy.params()).generate();
            Routine lowered = Lowering.lower(policy, decision, KernelVersion.V5_10);
            Assembly with = CodeGenerator.generate(Passes.run(lowered), TARGET);
            HookCode code = code(policy, decision, TARGET, without);
            all += slots(with);
            fewer += slots(code.assembly());
            same &= with.insns().equals(code.assembly().insns());
        }
        assertThat(all).as("with %s, and without", without).isLessThanOrEqualTo(fewer);
        assertThat(same).as("%s changes nothing", without).isFalse();
    }

    private static int slots(Assembly assembly) {
        return assembly.insns().stream().mapToInt(Insn::slots).sum();
    }

    @Test
    void listsOptionalPassesAndSteps() {
        assertThat(names()).contains("share-calls", "share-ends", "thread-jumps");
    }
}
