package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.compiler.request.Probe;
import org.ringwall.compiler.source.Span;

/** A `test` block: a sentence and what must come out. */
public record PolicyTest(String name, List<Case> cases, Span span) {
    public PolicyTest {
        cases = List.copyOf(cases);
    }

    /**
     * One line. Counts and tokens go on from line to line of a test, which all happen at one time but for what they wait.
     *
     * @param text the attempt as it is written, with all that stands before `=>`
     * @param params the values that it sets
     * @param content what live sets and tables hold
     * @param after ns that pass before it
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
     * What must come out.
     *
     * @param loose `allow`, `deny` or `redirect` alone, without a modifier, an errno or braces: any modifier and any errno
     *     will do, and other effects than these
     * @param anyErrno whether it is `deny` without an errno
     * @param effects these, in any order, where the line names effects; the numbers of params are written out, and what
     *     holds a `log` back is not
     * @param because the reason of the rule that decides, where the line names one
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

        /** Whether this came out. */
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

        /** What no rule says is no part of it. */
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
