// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.differential;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.PendingEffects;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.CallerUse;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Decision;
import org.ringwall.compiler.reference.OptionWrites;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.testrunner.Answer;
import org.ringwall.compiler.testrunner.Effects;

/** The implementations of a policy's semantics that do not need the machine. */
public final class Meanings {
    /** The reference evaluator. */
    public static final Meaning REFERENCE = (policy, params, order) -> request -> {
        Decision decision = Reference.decide(policy, params, request);
        return answer(request, decision.verdict(), decision.writes(), params, order);
    };

    /** The evaluation of the decision diagrams. */
    public static final Meaning DIAGRAM = Meanings::diagram;

    private Meanings() {}

    private static Meaning.Answers diagram(Policy policy, Map<Param, Long> params, ByteOrder order) {
        Map<Hook, HookDecision> decisions = new EnumMap<>(Hook.class);
        PolicyDiagrams.of(policy).decisions().forEach(decision -> decisions.put(decision.hook(), decision));
        return request -> {
            HookDecision decision = decisions.get(request.hook());
            boolean connection = request instanceof Request.AtAddress at && at.isOfConnection();
            if (decision == null || connection || !Reference.isRequest(policy, request)) {
                return answer(request, Verdict.ALLOW, List.of(), params, order);
            }
            if (request.actor().cgroup() == CallerUse.WORKERS
                    && CallerUse.at(request.hook(), policy).isPresent()) {
                return answer(request, Verdict.DENY, List.of(), params, order);
            }
            Variables variables = new Variables(request, decision.strings());
            Outcome outcome = DiagramWalk.to(decision.root(), variables, params);
            List<Effect> all = new ArrayList<>(outcome.writes());
            all.addAll(beside(policy, decision, aside -> DiagramWalk.to(aside, variables, params)));
            // A diagram does not contain what a program checks while it writes an option.
            List<Effect> writes =
                    request instanceof Request.UseOption use ? new OptionWrites(use, params).possible(all) : all;
            return answer(request, outcome.verdict(), writes, params, order);
        };
    }

    /**
     * Returns the writes of rules in effect diagrams. At a hook where these have writes, the
     * verdict diagram has none.
     */
    private static List<Effect> beside(
            Policy policy, HookDecision decision, Function<Node<PendingEffects>, PendingEffects> asked) {
        SortedSet<RuleRef> rules = new TreeSet<>();
        decision.effects().forEach(aside -> rules.addAll(asked.apply(aside).rules()));
        return Effect.merged(rules.stream()
                .flatMap(ref -> policy.blocks().get(ref.block()).rules().get(ref.rule()).writes().stream())
                .toList());
    }

    private static Answer answer(
            Request request, Verdict verdict, List<Effect> effects, Map<Param, Long> params, ByteOrder order) {
        return Effects.answer(request, verdict, effects, params, order);
    }
}
