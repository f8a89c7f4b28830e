package org.ringwall.compiler.reference;

import java.util.List;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Verdict;

/** What was tried for one request, in order; a request is several questions where sections 2 and 5 split it. */
public record Trace(List<Question> questions) {
    public Trace {
        questions = List.copyOf(questions);
    }

    /** The request as it was decided: `about` says as what, and is empty for a request that is not split. */
    public record Question(String about, List<Walk> walks) {
        public Question {
            walks = List.copyOf(walks);
        }
    }

    /**
     * One block's answer; `block` is its index in the policy. The last step decided, save where the manner says that
     * none does. A monitored block allows, whatever its rules said.
     */
    public record Walk(int block, Manner manner, List<Step> steps, Verdict verdict) {
        public Walk {
            steps = List.copyOf(steps);
            if (steps.isEmpty() != (manner == Manner.JUDGED_AT_ADDRESS_HOOKS)) {
                throw new IllegalArgumentException("a block that is walked has a rule at least");
            }
        }
    }

    /** Why a block is asked. */
    public enum Manner {
        /** It is about this hook. */
        ASKED,
        /** It is about this hook, where nothing can be denied and rules have effects alone. */
        EFFECTS_ALONE,
        /** It is `egress`, at sock_create, and the remote end is unknown. */
        REMOTE_UNKNOWN,
        /** It is `egress`, at sock_create, and lets this socket pass because the address hooks will judge it. */
        JUDGED_AT_ADDRESS_HOOKS
    }

    /** One rule that was reached, whether its guard held, and what came of it. */
    public record Step(int rule, Truth held, List<Reason> reasons, Act act) {
        public Step {
            reasons = List.copyOf(reasons);
        }
    }

    /** What comes of a rule that is reached. */
    public enum Act {
        /** Nothing: the walk goes on. */
        PASSED,
        /** It has no verdict, and its effects are added. */
        ADDED,
        /** It would decide, but there is no token, and the walk goes on. */
        WITHOUT_TOKEN,
        /** It would decide, and is monitored. */
        MONITORED,
        /** It decides. */
        DECIDED
    }

    /** One atom of the guard with the value that it met, as `remote.port = 443`. */
    public record Reason(Guard atom, Truth truth, String value) {}
}
