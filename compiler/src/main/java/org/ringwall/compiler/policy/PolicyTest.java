package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.compiler.request.Probe;
import org.ringwall.compiler.source.Span;

/** A `test` block: a sentence and what must come out. */
public record PolicyTest(String name, List<Case> cases, Span span) {
    public PolicyTest {
        cases = List.copyOf(cases);
    }

    /** One line: a probe, the values of params that it sets, and what must come out. */
    public record Case(Probe probe, Map<Param, Long> params, Expectation expected, Span span) {
        public Case {
            params = Map.copyOf(params);
        }
    }

    /**
     * What must come out.
     *
     * @param loose `allow` or `deny` alone, without a modifier or an errno: any will do
     * @param effects exactly these, in any order, where the line names effects; the numbers of params are written out
     */
    public record Expectation(Verdict verdict, boolean loose, Optional<List<Effect>> effects) {
        public Expectation {
            effects = effects.map(List::copyOf);
        }

        /** Whether this came out. */
        public boolean meets(Verdict came, List<Effect> happened) {
            boolean same = loose ? came.allows() == verdict.allows() : came.equals(verdict);
            return same
                    && effects.map(named -> Set.copyOf(named).equals(Set.copyOf(happened)))
                            .orElse(true);
        }

        @Override
        public String toString() {
            String words = loose && !verdict.allows() ? "deny with any errno" : verdict.toString();
            return words + effects.map(named -> " " + Effect.text(named)).orElse("");
        }
    }
}
