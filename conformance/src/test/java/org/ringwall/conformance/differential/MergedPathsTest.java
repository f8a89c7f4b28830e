// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.samples.Samples;
import org.ringwall.testkit.Soak;

/**
 * A test of paths that are merged for the verifier ({@link StateOp.Note}): after the merge, no
 * branch tests a value computed before it, because the verifier may know different ranges of it on
 * each path.
 */
class MergedPathsTest {
    private static final int MOST_POLICIES = Soak.size(60, 500);

    static List<Path> samples() {
        return Samples.all();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void noSampleTestsAnEarlierValueAfterAMerge(Path sample) {
        Samples.compile(sample)
                .routines()
                .forEach(routine -> assertThat(testsOfEarlierValues(routine)).isEmpty());
    }

    @Test
    void noGeneratedPolicyTestsAnEarlierValueAfterAMerge() {
        Differential run = Differential.ofProperties(0);
        int meeting = 0;
        for (int i = 0; i < Math.min(MOST_POLICIES, run.policies()); i++) {
            long seed = run.seed() + i;
            Policy policy = PolicyGenerator.ofState(seed).policy();
            for (HookDecision decision : PolicyDiagrams.of(policy).decisions()) {
                Routine routine = passed(seed, policy, decision);
                assertThat(testsOfEarlierValues(routine))
                        .as("seed %d, %s", seed, decision.hook())
                        .isEmpty();
                meeting += meets(routine) ? 1 : 0;
            }
        }
        assertThat(meeting).isPositive();
    }

    private static Routine passed(long seed, Policy policy, HookDecision decision) {
        try {
            return Passes.run(Lowering.lower(policy, decision, MachineMeaning.kernel(policy)));
        } catch (IllegalStateException e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "on getsockopt, optlen, uid",
        "on setsockopt, optlen, 'uid, optname'",
        "on connect4, ancestor(2), 'ancestor(2), uid'",
        "on connect6, uid, 'uid, remote.ip'",
        "packets egress, proto, 'remote.ip, remote.port'",
        "packets ingress, uid, uid",
        "devices, pid, gid",
        "sysctl, gid, gid"
    })
    void fieldsTestedByGuardsAreReadAgainAfterAMerge(String where, String field, String key) {
        String rules = IntStream.range(0, 12)
                .mapToObj(i -> "  allow if %s == %d { count c%d; log }\n".formatted(field, i + 1, i % 3))
                .collect(Collectors.joining());
        String counters = IntStream.range(0, 3)
                .mapToObj(i -> "counter c%d [%s] { last: time } max 10\n".formatted(i, key))
                .collect(Collectors.joining());
        String text = "policy p\nrequires kernel 6.1\n" + counters + where + " {\n" + rules
                + "  default deny { log }\n}\n" + where + " {\n  default allow { count c1; log at most 9/s }\n}\n";
        List<Routine> routines = Samples.compileWithWarnings(where, text).routines();
        assertThat(routines).anyMatch(MergedPathsTest::meets);
        routines.forEach(routine -> assertThat(testsOfEarlierValues(routine))
                .as("%s", routine.hook())
                .isEmpty());
    }

    private static boolean meets(Routine routine) {
        return routine.blocks().stream().anyMatch(MergedPathsTest::forgets);
    }

    private static boolean forgets(BasicBlock block) {
        return block.instructions().stream().anyMatch(instruction -> instruction.op() instanceof StateOp.Note);
    }

    /**
     * Returns the blocks from a merge on whose branch tests a value computed before the merge, or
     * one that depends on such a value.
     */
    private static List<BasicBlock> testsOfEarlierValues(Routine routine) {
        Set<BlockId> behind = new HashSet<>();
        Set<Value> made = new HashSet<>();
        List<BasicBlock> asking = new ArrayList<>();
        for (BasicBlock block : routine.blocks()) {
            if (!forgets(block) && !behind.contains(block.id())) {
                continue;
            }
            behind.addAll(block.end().targets());
            for (Instruction instruction : block.instructions()) {
                boolean fresh = isOfState(instruction.op()) || made.containsAll(instruction.operands());
                if (fresh) {
                    made.add(instruction.result());
                }
            }
            if (!made.containsAll(block.end().operands())) {
                asking.add(block);
            }
        }
        return asking;
    }

    /** Returns whether the operation reads or changes state, so that its result is a new value. */
    private static boolean isOfState(Op op) {
        return op instanceof StateOp
                || op instanceof Intrinsic
                || op instanceof Op.Load load && load.reads(Op.Space.Memory.FRAME);
    }
}
