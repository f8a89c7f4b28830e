// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.PolicyTest;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.Span;

/**
 * The result of one line of a test.
 *
 * @param verdict the verdict of the first request that was denied, else `allow`, with a modifier if
 *     some request got one
 * @param effects the writes of all requests that were allowed before one was denied, with params as
 *     numbers, and all records
 * @param last the last request: the denied one, or the last of the probe
 * @param deciders the rule that denied, or those that allowed the last request; empty if no rule
 *     decided
 * @param matched the rules that decided, had effects, were out of tokens or would have decided but
 *     are monitored, at any of the requests, without repetition
 * @param because the reason of the last of them that has one
 */
public record CaseResult(
        PolicyTest.Case line,
        Verdict verdict,
        List<Effect> effects,
        Request last,
        List<Span> deciders,
        List<Span> matched,
        Optional<Reason> because) {
    public CaseResult {
        effects = List.copyOf(effects);
        deciders = List.copyOf(deciders);
        matched = List.copyOf(matched);
    }

    /** Whether the result meets the line's expectation. */
    public boolean passed() {
        return line.expected().meets(verdict, effects, because);
    }

    /** Returns the result in the words of the language, as exactly as the line states it. */
    public String outcome() {
        PolicyTest.Expectation expected = line.expected();
        String came = expected.effects().isEmpty() ? "" : " " + Effect.text(effects);
        String reason = expected.because().isEmpty()
                ? ""
                : because.map(text -> " " + text).orElse(" without a reason");
        return (expected.anyErrno() ? verdict.toString() : verdict.exact()) + came + reason;
    }
}
