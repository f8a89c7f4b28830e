package org.ringwall.compiler.testing;

import java.util.List;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.source.Span;

/**
 * What became of one line of a test.
 *
 * @param verdict of the first request that was denied, else `allow`
 * @param last the request that was asked last: the denied one, or the last of the probe
 * @param deciders the rule that denied, or those that allowed the last request; none where no rule decides
 */
public record CaseResult(PolicyTest.Case line, Verdict verdict, Request last, List<Span> deciders) {
    public CaseResult {
        deciders = List.copyOf(deciders);
    }

    /** Whether it is what the line says. */
    public boolean passed() {
        return line.meets(verdict);
    }
}
