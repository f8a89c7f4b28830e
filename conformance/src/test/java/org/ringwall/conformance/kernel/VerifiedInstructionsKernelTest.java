// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.ProgramSpec;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.RuleForm;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.conformance.differential.Differential;
import org.ringwall.conformance.differential.MachineMeaning;
import org.ringwall.conformance.generate.GeneratedPolicy;
import org.ringwall.conformance.generate.PolicyGenerator;
import org.ringwall.conformance.samples.Samples;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Soak;

/**
 * A test that the verifier walks no program many times over, whatever the values of its params.
 * Each program is loaded with all params at their minimum, at their maximum, at their defaults, and
 * with each one at an end alone, as the loader writes them into the code.
 */
@KernelTest
class VerifiedInstructionsKernelTest {
    /**
     * The most instructions that the verifier may process for each slot of a program without loops.
     */
    private static final double STRAIGHT = 6;

    /**
     * The same for generated policies with state, and for policies on packets, which are read
     * through pointers of several kinds.
     */
    private static final double STATE = 64;

    /**
     * The same for a program with loops, for each slot as often as its loop can repeat: the code
     * after a loop is walked for each exit.
     */
    private static final double LOOPED = 24;

    private static final int POLICIES = Soak.size(12, 30);

    private double straight;
    private double looped;

    @BeforeEach
    void requireProcessedInstructions() {
        RunningKernel.needs(5, 16, "verified_insns");
    }

    @Test
    void generatedPolicies() {
        drawn(PolicyGenerator::of, STRAIGHT);
    }

    @Test
    void generatedPoliciesWithState() {
        drawn(PolicyGenerator::ofState, STATE);
    }

    /** With effect diagrams, the code after each of them is walked once. */
    @Test
    void generatedPoliciesWithEffectDiagrams() {
        drawn(PolicyGenerator::ofState, STATE, MachineMeaning::withEffectDiagrams);
    }

    /** The verifier walks the code of each rule once, whatever the rules before it decided. */
    @Test
    void generatedPoliciesWithRulesInTurn() {
        drawn(PolicyGenerator::ofState, STATE, VerifiedInstructionsKernelTest::inTurn);
        drawn(PolicyGenerator::ofPackets, STATE, VerifiedInstructionsKernelTest::inTurn);
    }

    private static Optional<BpfObject> inTurn(Policy policy, Target target) {
        return MachineMeaning.inForm(RuleForm.IN_TURN, policy, target);
    }

    @Test
    void generatedPacketPolicies() {
        drawn(PolicyGenerator::ofPackets, STRAIGHT);
    }

    @Test
    void generatedUnixSocketPolicies() {
        RunningKernel.needs(
                Hook.CONNECT_UNIX.since().major(), Hook.CONNECT_UNIX.since().minor(), "hooks of Unix sockets");
        drawn(PolicyGenerator::ofUnix, STRAIGHT);
    }

    @TestFactory
    Stream<DynamicTest> heavyPolicies() {
        return HeavyPolicies.all().entrySet().stream()
                .map(each -> DynamicTest.dynamicTest(
                        each.getKey(),
                        () -> of(
                                each.getKey(),
                                each.getValue(),
                                each.getKey().endsWith("about packets") ? STATE : STRAIGHT)));
    }

    @TestFactory
    Stream<DynamicTest> samples() {
        return Samples.all().stream().map(file -> {
            String name = file.getFileName().toString();
            return DynamicTest.dynamicTest(name, () -> of(name, Files.readString(file), STRAIGHT));
        });
    }

    private void of(String name, String text, double bound) {
        straight = 0;
        looped = 0;
        Compilation made = Samples.compileWithWarnings(name, text);
        KernelVersion floor = made.oldestKernel();
        RunningKernel.needs(floor.major(), floor.minor(), name);
        assumeThat(Enforced.refuses(text)).isFalse();
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            walked(cgroup, made.object(), made.policy().params(), bound, name);
        }
        System.out.printf("%s: at most %.2f walked a slot, %.2f with loops%n", name, straight, looped);
    }

    private void drawn(LongFunction<GeneratedPolicy> draw, double bound) {
        drawn(draw, bound, (policy, target) -> Optional.of(MachineMeaning.object(policy, target)));
    }

    private void drawn(
            LongFunction<GeneratedPolicy> draw, double bound, BiFunction<Policy, Target, Optional<BpfObject>> made) {
        Differential run = Differential.ofProperties();
        int wanted = Integer.getInteger("ringwall.walks.policies", POLICIES);
        int loads = 0;
        int policies = 0;
        try (ChildCgroup cgroup = ChildCgroup.make()) {
            for (long seed = run.seed(); policies < wanted; seed++) {
                GeneratedPolicy generated = draw.apply(seed);
                KernelVersion floor = MachineMeaning.kernel(generated.policy());
                if (!RunningKernel.atLeast(floor.major(), floor.minor()) || Enforced.refuses(generated.text())) {
                    continue;
                }
                try {
                    Optional<BpfObject> object =
                            made.apply(generated.policy(), new Target(floor, ByteOrder.nativeOrder()));
                    if (object.isEmpty()) {
                        continue;
                    }
                    loads += walked(
                            cgroup,
                            object.get(),
                            generated.policy().params(),
                            bound,
                            "seed " + seed + "\n" + generated.text());
                    policies++;
                } catch (IllegalStateException e) {
                    if (!Differential.isTooLarge(e)) {
                        throw e;
                    }
                }
            }
        }
        System.out.printf(
                "%d policies, %d loads: at most %.2f walked a slot, %.2f with loops%n",
                policies, loads, straight, looped);
    }

    /** Returns how often the policy was loaded, each time within the bounds. */
    private int walked(ChildCgroup cgroup, BpfObject object, List<Param> params, double bound, String text) {
        PolicyObject policy = PolicyObject.of(object);
        Set<Map<Param, Long>> all = values(params);
        try (Enforced enforced = Enforced.on(cgroup, object, values(params, Param::defaultValue))) {
            for (Map<Param, Long> values : all) {
                enforced.set(values);
                enforced.programs().forEach((hook, info) -> {
                    ProgramSpec program =
                            Objects.requireNonNull(policy.programs().get(hook));
                    long slots = Rounds.slots(program);
                    boolean loops = slots > program.slots();
                    double walks = (double) info.processed().orElseThrow() / slots;
                    straight = Math.max(straight, loops ? 0 : walks);
                    looped = Math.max(looped, loops ? walks : 0);
                    assertThat(walks)
                            .as("%.2f at %s, %d slots, with %s, of\n%s", walks, hook, program.slots(), values, text)
                            .isLessThanOrEqualTo(loops ? Math.max(LOOPED, bound) : bound);
                });
            }
        }
        return all.size();
    }

    private static Set<Map<Param, Long>> values(List<Param> params) {
        Set<Map<Param, Long>> all = new LinkedHashSet<>();
        all.add(values(params, Param::defaultValue));
        all.add(values(params, Param::min));
        all.add(values(params, Param::max));
        for (Param one : params) {
            for (long end : new long[] {one.min(), one.max()}) {
                Map<Param, Long> values = new LinkedHashMap<>(values(params, Param::defaultValue));
                values.put(one, end);
                all.add(values);
            }
        }
        return all;
    }

    private static Map<Param, Long> values(List<Param> params, ToLongFunction<Param> value) {
        return params.stream().collect(Collectors.toMap(param -> param, value::applyAsLong));
    }
}
