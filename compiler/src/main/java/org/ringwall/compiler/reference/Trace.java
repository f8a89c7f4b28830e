// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.List;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Verdict;

/**
 * The evaluation of one request, in order. A request is decided as several where sections 2 and 5
 * split it.
 */
public record Trace(List<Question> questions) {
    public Trace {
        questions = List.copyOf(questions);
    }

    /**
     * One subject of the request; `about` describes it, and is empty if the request is not split.
     */
    public record Question(String about, List<Walk> walks) {
        public Question {
            walks = List.copyOf(walks);
        }
    }

    /**
     * The evaluation of one block; `block` is its index in the policy. The last step decided,
     * unless the manner has no deciding rule. A monitored block allows, whatever its rules decided.
     */
    public record Walk(int block, Manner manner, List<Step> steps, Verdict verdict) {
        public Walk {
            steps = List.copyOf(steps);
            if (steps.isEmpty() != (manner == Manner.JUDGED_AT_ADDRESS_HOOKS)) {
                throw new IllegalArgumentException("a block that is walked has a rule at least");
            }
        }
    }

    /** The reason for which a block applies. */
    public enum Manner {
        /** The block is for this hook. */
        ASKED,
        /** The block is for this hook, which cannot deny, so its rules only have effects. */
        EFFECTS_ALONE,
        /** The block is `egress` at sock_create, where the remote end is unknown. */
        REMOTE_UNKNOWN,
        /**
         * The block is `egress` at sock_create, and allows this socket because the address hooks
         * will judge it.
         */
        JUDGED_AT_ADDRESS_HOOKS
    }

    /** One rule that was evaluated, with the value of its guard and the consequence. */
    public record Step(int rule, Truth held, List<Reason> reasons, Act act) {
        public Step {
            reasons = List.copyOf(reasons);
        }
    }

    /** The consequence of a rule that was evaluated. */
    public enum Act {
        /** None; evaluation continues. */
        PASSED,
        /** The rule has no verdict, and its effects are added. */
        ADDED,
        /** The rule would decide but has no token; evaluation continues. */
        WITHOUT_TOKEN,
        /** The rule would decide but is monitored. */
        MONITORED,
        /** The rule decides. */
        DECIDED
    }

    /** One atom of the guard with the field's value, as in `remote.port = 443`. */
    public record Reason(Guard atom, Truth truth, String value) {}
}
