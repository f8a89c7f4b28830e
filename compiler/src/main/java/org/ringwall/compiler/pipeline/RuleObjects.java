// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.state.DecidingRules;
import org.ringwall.compiler.codegen.CodeGenerator;
import org.ringwall.compiler.codegen.Target;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.OutcomeDigits;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.emit.HookCode;
import org.ringwall.compiler.emit.ObjectEmitter;
import org.ringwall.compiler.emit.StateTexts;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.opt.Passes;
import org.ringwall.compiler.irgen.Lowering;
import org.ringwall.compiler.policy.Policy;

/**
 * A generator of the debug section of an object: for each hook, programs that return the number of
 * the rules that decide ({@link DecidingRules}). They are the policy's diagrams with other leaves,
 * lowered as usual. A hook whose programs would be too large has none.
 */
final class RuleObjects {
    /** No kernel runs the programs, so they may use what the newest kernels have. */
    private static final KernelVersion NEWEST = new KernelVersion(6, 18);

    /** The longest text of a rule in code units; a set of a thousand addresses is cut off. */
    private static final int LONGEST_TEXT = 400;

    /**
     * The number of edges above which a decision is too large for a debug section. A list of
     * prefixes has two for each; the section would take as long to compile as the program.
     */
    private static final int MOST_EDGES = 20_000;

    /** The number of blocks above which a program is too large for a debug section. */
    private static final int MOST_BLOCKS = 20_000;

    private final Policy policy;
    private final PolicyDiagrams diagrams;
    private final Target target;
    private final Map<RuleRef, Integer> numbers = new TreeMap<>();
    private final List<String> texts = new ArrayList<>();

    RuleObjects(Policy policy, PolicyDiagrams diagrams, ByteOrder order) {
        this.policy = policy;
        this.diagrams = diagrams;
        this.target = new Target(NEWEST, order);
    }

    /** Returns the content of the section. */
    DecidingRules rules() {
        number();
        Map<Hook, DecidingRules.Outcomes> hooks = new EnumMap<>(Hook.class);
        List<List<HookCode>> digits = new ArrayList<>();
        for (HookDecision decision : diagrams.decisions()) {
            // At getsockopt a program keeps the error of the kernel in place of its own.
            boolean byErrno = target.choosesErrno(decision.hook()) && decision.hook() != Hook.GETSOCKOPT;
            Optional<OutcomeDigits> found = decision.edges() <= MOST_EDGES
                    ? OutcomeDigits.of(decision, diagrams.order(), byErrno)
                    : Optional.empty();
            Optional<List<HookCode>> code = found.flatMap(this::code);
            if (code.isPresent()) {
                hooks.put(decision.hook(), outcomes(found.get()));
                for (int i = 0; i < code.get().size(); i++) {
                    if (digits.size() == i) {
                        digits.add(new ArrayList<>());
                    }
                    digits.get(i).add(code.get().get(i));
                }
            }
        }
        return new DecidingRules(texts, hooks, digits.stream().map(this::object).toList());
    }

    private void number() {
        for (int block = 0; block < policy.blocks().size(); block++) {
            for (int rule = 0; rule < policy.blocks().get(block).rules().size(); rule++) {
                numbers.put(new RuleRef(block, rule), texts.size());
                texts.add(
                        text(StateTexts.text(policy.blocks().get(block).rules().get(rule))
                                .text()));
            }
        }
    }

    /** Returns the place and the text of a rule, without the reason. */
    private static String text(String whole) {
        String rule = whole.substring(0, whole.lastIndexOf('\t'));
        return rule.codePointCount(0, rule.length()) <= LONGEST_TEXT
                ? rule
                : rule.substring(0, rule.offsetByCodePoints(0, LONGEST_TEXT - 1)) + "…";
    }

    private DecidingRules.Outcomes outcomes(OutcomeDigits found) {
        return new DecidingRules.Outcomes(
                found.byErrno(),
                found.outcomes().stream()
                        .map(rules -> rules.stream()
                                .map(rule -> numbers.getOrDefault(rule, 0))
                                .toList())
                        .toList());
    }

    private Optional<List<HookCode>> code(OutcomeDigits found) {
        List<HookCode> all = new ArrayList<>();
        for (HookDecision digit : found.digits()) {
            Routine lowered = Lowering.lower(policy, digit, target.oldest());
            if (lowered.blocks().size() > MOST_BLOCKS) {
                return Optional.empty();
            }
            Routine routine = Passes.run(lowered);
            try {
                all.add(new HookCode(routine, CodeGenerator.generate(routine, target)));
            } catch (CodeTooLargeException e) {
                return Optional.empty();
            }
        }
        return Optional.of(all);
    }

    private BpfObject object(List<HookCode> code) {
        return ObjectEmitter.unverified(policy, code, Compiler.TOOL, target.order());
    }
}
