// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.samples.Samples;

/**
 * A test that after the passes every value is read, except results of instructions with effects.
 */
class UnreadValuesTest {
    private static final int MOST_POLICIES = 500;

    static List<Path> samples() {
        return Samples.all();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void noSampleComputesAnUnreadValue(Path sample) {
        Samples.compile(sample)
                .routines()
                .forEach(routine -> assertThat(unread(routine)).isEmpty());
    }

    @Test
    void noGeneratedPolicyComputesAnUnreadValue() {
        Differential run = Differential.ofProperties(0);
        List<LongFunction<GeneratedPolicy>> kinds = List.of(
                PolicyGenerator::of, PolicyGenerator::ofState, PolicyGenerator::ofUnix, PolicyGenerator::ofPackets);
        for (int i = 0; i < Math.min(MOST_POLICIES, run.policies()); i++) {
            long seed = run.seed() + i;
            Policy policy = kinds.get(i % kinds.size()).apply(seed).policy();
            for (HookDecision decision : PolicyDiagrams.of(policy).decisions()) {
                Routine lowered = Lowering.lower(policy, decision, MachineMeaning.kernel(policy));
                assertThat(unread(Passes.run(lowered)))
                        .as("seed %d, %s", seed, decision.hook())
                        .isEmpty();
            }
        }
    }

    private static List<Instruction> unread(Routine routine) {
        Set<Value> read = new HashSet<>();
        for (BasicBlock block : routine.blocks()) {
            read.addAll(block.end().operands());
            block.instructions().forEach(instruction -> read.addAll(instruction.operands()));
        }
        return routine.blocks().stream()
                .flatMap(block -> block.instructions().stream())
                .filter(instruction -> !instruction.op().acts() && !read.contains(instruction.result()))
                .toList();
    }
}
