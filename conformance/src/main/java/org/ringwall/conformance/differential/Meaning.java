package org.ringwall.conformance.differential;

import java.util.Map;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.request.Request;

/** One implementation of docs/semantics.md. */
@FunctionalInterface
public interface Meaning {
    /** Makes the policy ready to be asked under these values of its params. */
    Answers of(Policy policy, Map<Param, Long> params);

    /** A policy that is ready to be asked. */
    @FunctionalInterface
    interface Answers {
        /** What it says to the request. */
        Verdict to(Request request);
    }
}
