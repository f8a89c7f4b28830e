package org.ringwall.conformance.differential;

import java.util.EnumMap;
import java.util.Map;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Outcome;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Reference;

/** The implementations of a policy's meaning that need no machine. */
public final class Meanings {
    /** The reference evaluator. */
    public static final Meaning REFERENCE = (policy, params) ->
            request -> Reference.decide(policy, params, request).verdict();

    /** The decision diagrams, walked. */
    public static final Meaning DIAGRAM = Meanings::diagram;

    private Meanings() {}

    private static Meaning.Answers diagram(Policy policy, Map<Param, Long> params) {
        Map<Hook, HookDecision> decisions = new EnumMap<>(Hook.class);
        PolicyDiagrams.of(policy).decisions().forEach(decision -> decisions.put(decision.hook(), decision));
        return request -> {
            HookDecision decision = decisions.get(request.hook());
            if (decision == null) {
                return Verdict.ALLOW;
            }
            Outcome outcome = DiagramWalk.to(decision.root(), new Variables(request, decision.strings()), params);
            return outcome.verdict();
        };
    }
}
