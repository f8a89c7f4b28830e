package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Map;
import org.ringwall.compiler.request.Probe;
import org.ringwall.compiler.source.Span;

/** A `test` block: a sentence and what must come out. */
public record PolicyTest(String name, List<Case> cases, Span span) {
    public PolicyTest {
        cases = List.copyOf(cases);
    }

    /** One line: a probe, the values of params that it sets, and the verdict expected. */
    public record Case(Probe probe, Map<Param, Long> params, Verdict expected, boolean anyErrno, Span span) {
        public Case {
            params = Map.copyOf(params);
        }

        /** Whether the verdict is what the line says; `deny` without an errno takes any. */
        public boolean meets(Verdict verdict) {
            return anyErrno && !verdict.allows() && !expected.allows() || verdict.equals(expected);
        }
    }
}
