// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.emit.Compiled;
import org.ringwall.compiler.emit.HookCode;
import org.ringwall.compiler.ir.IrPrinter;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.testkit.GoldenCase;

/**
 * Golden cases for the printed IR and code of a policy. A section is named `STAGE HOOK`, where the
 * stage is a pass or `bpf`. The section `target` names a target other than the default.
 */
class CodeGoldenTest {
    static List<GoldenCase> ir() {
        return GoldenCase.in("ir");
    }

    static List<GoldenCase> bpf() {
        return GoldenCase.in("bpf");
    }

    @ParameterizedTest
    @MethodSource({"ir", "bpf"})
    void printsTheStagesOfTheGoldenCase(GoldenCase golden) {
        KernelVersion oldest = KernelVersion.parse(
                        golden.sections().getOrDefault("target", "5.10\n").strip())
                .orElseThrow();
        Target target = new Target(oldest, ByteOrder.LITTLE_ENDIAN);
        Policy policy = Compiled.policy("case.wall", golden.section("source"), target);
        golden.check(section -> print(policy, target, section), "target");
    }

    private static String print(Policy policy, Target target, String section) {
        String[] words = section.split(" ");
        Hook hook = Hook.ofWord(words[1]).orElseThrow();
        if (words[0].equals("bpf")) {
            return Compiled.code(policy, target, (stage, routine) -> {}).stream()
                    .filter(code -> code.hook() == hook)
                    .map(HookCode::assembly)
                    .map(assembly -> AssemblyText.print(assembly, policy.source()))
                    .findFirst()
                    .orElseThrow();
        }
        Routine lowered = PolicyDiagrams.of(policy).decisions().stream()
                .filter(decision -> decision.hook() == hook)
                .map(decision -> Lowering.lower(policy, decision, KernelVersion.V5_10))
                .findFirst()
                .orElseThrow();
        Map<String, String> stages = new LinkedHashMap<>();
        Passes.run(lowered, (stage, routine) -> stages.put(stage, IrPrinter.print(routine)));
        assertThat(stages.keySet()).as("stages of the IR").contains(words[0]);
        return stages.getOrDefault(words[0], "");
    }

    /** Every pass must have a golden case that shows its effect. */
    @Test
    void everyPassHasAGoldenCase() {
        Set<String> shown = ir().stream()
                .flatMap(golden -> golden.sections().keySet().stream())
                .map(section -> section.split(" ")[0])
                .collect(Collectors.toSet());
        assertThat(shown).contains("lower").containsAll(Passes.names());
    }
}
