// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.UsedMaps;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.object.MapSpec;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.ObjectReader;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.compiler.codegen.CodeGenerator;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.DiagramStrategy;
import org.ringwall.compiler.diagram.DiagramTooLargeException;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.PolicyStrings;
import org.ringwall.compiler.diagram.RuleForm;
import org.ringwall.compiler.diagram.TooManyPatternsException;
import org.ringwall.compiler.emit.HookCode;
import org.ringwall.compiler.emit.MapIndexes;
import org.ringwall.compiler.emit.ObjectEmitter;
import org.ringwall.compiler.emit.RefusedCodeException;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.testrunner.EmittedPolicy;

/**
 * The emitted programs, written as ELF, read back and run in the machine, as on the oldest kernel
 * of the target.
 */
public final class MachineMeaning implements Meaning {
    private final Set<String> leftOut;

    /** Compiles with all passes. */
    public MachineMeaning() {
        this(Set.of());
    }

    private MachineMeaning(Set<String> leftOut) {
        this.leftOut = leftOut;
    }

    /**
     * Returns the implementation compiled without these passes and peephole steps, which must all
     * be {@link #optional()}.
     */
    public static MachineMeaning without(Set<String> names) {
        if (!optional().containsAll(names)) {
            throw new IllegalStateException(names + " are not all among " + optional());
        }
        return new MachineMeaning(Set.copyOf(names));
    }

    /** Returns the names of all optional passes and peephole steps. */
    public static List<String> optional() {
        return Stream.concat(Passes.optional().stream(), CodeGenerator.optional().stream())
                .toList();
    }

    @Override
    public Answers of(Policy policy, Map<Param, Long> params, ByteOrder order) {
        Target target = new Target(kernel(policy), order);
        return EmittedPolicy.load(emitted(policy, target), params, target.oldest())::answer;
    }

    /**
     * Returns the kernel that the policy requires, or the oldest supported one, whichever is newer.
     */
    public static KernelVersion kernel(Policy policy) {
        return policy.requires().orElse(KernelVersion.V5_10).max(KernelVersion.V5_10);
    }

    /** Returns the object of a policy, written as ELF and read back. */
    public static BpfObject object(Policy policy, Target target) {
        return new MachineMeaning().emitted(policy, target);
    }

    /**
     * Returns whether the target has every helper that the policy needs. A policy generated for
     * newer kernels may need more.
     */
    public static boolean fits(Policy policy, Target target) {
        try {
            object(policy, target);
            return true;
        } catch (RefusedCodeException e) {
            return false;
        }
    }

    /**
     * Returns the object of a policy, compiled without the disabled passes, written as ELF and read
     * back.
     */
    public BpfObject emitted(Policy policy, Target target) {
        return emitted(policy, PolicyDiagrams.of(policy), target);
    }

    /**
     * Returns the object of a policy with rules in this form at every hook where that is possible,
     * or empty if it is possible at none.
     */
    public static Optional<BpfObject> inForm(RuleForm form, Policy policy, Target target) {
        try {
            return DiagramStrategy.everywhere(form, policy, PolicyStrings.of(policy))
                    .map(diagrams -> new MachineMeaning().emitted(policy, diagrams, target));
        } catch (TooManyPatternsException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the object of a policy with effect diagrams wherever they are possible, or empty if
     * they are possible at no hook.
     */
    public static Optional<BpfObject> withEffectDiagrams(Policy policy, Target target) {
        try {
            PolicyDiagrams diagrams = DiagramStrategy.withEffectsApart(policy, PolicyStrings.of(policy));
            return diagrams.decisions().stream()
                            .allMatch(decision -> decision.effects().isEmpty())
                    ? Optional.empty()
                    : Optional.of(new MachineMeaning().emitted(policy, diagrams, target));
        } catch (TooManyPatternsException | DiagramTooLargeException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Returns the object of a policy whose programs look up all state in indexes, or empty if it
     * has none that can be in one.
     */
    public static Optional<BpfObject> withIndexes(Policy policy, Target target) {
        boolean rates = target.oldest().atLeast(UsedMaps.LOCKS_IN_INDEXES);
        Map<String, List<String>> members = new LinkedHashMap<>();
        for (MapSpec map : object(policy, target).maps()) {
            String name = StateNames.shortName(map.name());
            if (!map.name().equals(name) && (rates || !map.name().equals(StateNames.rate(name)))) {
                members.put(StateNames.index(members.size()), List.of(map.name()));
            }
        }
        MapIndexes indexes = new MapIndexes(members);
        return indexes.isEmpty()
                ? Optional.empty()
                : Optional.of(new MachineMeaning().emitted(policy, PolicyDiagrams.of(policy), indexes, target));
    }

    /**
     * Returns an implementation that runs the objects built by `made`, and the usual object where
     * `made` returns empty. `done` counts the former.
     */
    public static Meaning madeBy(BiFunction<Policy, Target, Optional<BpfObject>> made, AtomicInteger done) {
        return (policy, params, order) -> {
            Target target = new Target(kernel(policy), order);
            Optional<BpfObject> object = made.apply(policy, target);
            object.ifPresent(each -> done.incrementAndGet());
            return EmittedPolicy.load(object.orElseGet(() -> object(policy, target)), params, target.oldest())::answer;
        };
    }

    private BpfObject emitted(Policy policy, PolicyDiagrams diagrams, Target target) {
        return emitted(policy, diagrams, MapIndexes.NONE, target);
    }

    private BpfObject emitted(Policy policy, PolicyDiagrams diagrams, MapIndexes indexes, Target target) {
        Target indexed = target.with(indexes.places());
        List<HookCode> code = new ArrayList<>();
        try {
            for (HookDecision decision : diagrams.on(target.oldest(), policy).decisions()) {
                Routine routine = Passes.without(leftOut, Lowering.lower(policy, decision, target.oldest()));
                code.add(new HookCode(routine, CodeGenerator.without(leftOut, routine, indexed)));
            }
            return ObjectReader.read(ObjectWriter.write(ObjectEmitter.emit(
                    policy, List.of(), code, indexes, "conformance", target.order(), target.oldest())));
        } catch (CodeTooLargeException | ObjectFormatException e) {
            throw new IllegalStateException(e);
        }
    }
}
