package org.ringwall.compiler.testing;

import java.util.List;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.source.Span;

/**
 * What became of one line of a test.
 *
 * @param verdict of the first request that was denied, else `allow`, with a modifier if some request got one
 * @param effects of all requests that were allowed before one was denied, params as numbers
 * @param last the request that was asked last: the denied one, or the last of the probe
 * @param deciders the rule that denied, or those that allowed the last request; none where no rule decides
 */
public record CaseResult(
        PolicyTest.Case line, Verdict verdict, List<Effect> effects, Request last, List<Span> deciders) {
    public CaseResult {
        effects = List.copyOf(effects);
        deciders = List.copyOf(deciders);
    }

    /** Whether it is what the line says. */
    public boolean passed() {
        return line.expected().meets(verdict, effects);
    }
}
