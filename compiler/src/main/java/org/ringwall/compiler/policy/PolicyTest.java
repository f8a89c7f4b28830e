// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.compiler.model.request.Probe;
import org.ringwall.compiler.source.Span;

/** A `test` block: a sentence, and attempts with their expected results. */
public record PolicyTest(String name, List<Case> cases, Span span) {
    public PolicyTest {
        cases = List.copyOf(cases);
    }

    /**
     * One attempt. Counts and tokens persist between the attempts of a test. No time passes between
     * them except for the waits that are given.
     *
     * @param text the attempt as written, with everything before `=>`
     * @param params the values of params
     * @param content the content of live sets and tables
     * @param after ns that pass before the attempt
     */
    public record Case(
            Probe probe,
            String text,
            Map<Param, Long> params,
            StateContent content,
            long after,
            Expectation expected,
            Span span) {
        public Case {
            params = Map.copyOf(params);
            if (after < 0) {
                throw new IllegalArgumentException("no time runs back");
            }
        }
    }

    /**
     * The expected result.
     *
     * @param loose whether it is only `allow`, `deny` or `redirect`, without a modifier, an errno
     *     or braces, so that any modifier, errno and additional effects are accepted
     * @param anyErrno whether it is `deny` without an errno
     * @param effects the effects, in any order, if the line names them; params are replaced by
     *     their numbers, and the limit of a `log` is ignored
     * @param because the reason of the deciding rule, if the line names one
     */
    public record Expectation(
            Verdict verdict,
            boolean loose,
            boolean anyErrno,
            Optional<List<Effect>> effects,
            Optional<Reason> because) {
        public Expectation {
            effects = effects.map(List::copyOf);
        }

        /** Whether the result meets the expectation. */
        public boolean meets(Verdict came, List<Effect> happened, Optional<Reason> reason) {
            boolean same = loose ? came.allows() == verdict.allows() : isMet(came);
            boolean done = effects.isEmpty()
                    || (loose
                            ? bare(happened).keySet().containsAll(effects.get())
                            : bare(happened).equals(bare(effects.get())));
            return same && done && (because.isEmpty() || because.equals(reason));
        }

        private boolean isMet(Verdict came) {
            return anyErrno ? !came.allows() && came.bit() == verdict.bit() : came.equals(verdict);
        }

        /** Leaves out effects that do not come from rules. */
        private static Map<Effect, Long> bare(List<Effect> effects) {
            return effects.stream()
                    .filter(effect -> !(effect instanceof Effect.JudgedAs))
                    .map(effect -> effect instanceof Effect.Log ? new Effect.Log(Optional.empty()) : effect)
                    .collect(Collectors.groupingBy(effect -> effect, Collectors.counting()));
        }

        @Override
        public String toString() {
            String words = anyErrno ? "deny with any errno" : verdict.exact();
            return words
                    + effects.map(named -> " " + Effect.text(named)).orElse("")
                    + because.map(reason -> " " + reason).orElse("");
        }
    }
}
