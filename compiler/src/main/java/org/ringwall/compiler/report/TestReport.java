// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.report;

import java.util.List;

/**
 * The result of one {@code test} block of a policy.
 *
 * @param name the sentence after {@code test}
 * @param line the line on which the block begins, from 1
 * @param cases the results of its lines, in their order
 */
public record TestReport(String name, int line, List<Case> cases) {
    /** Creates a report. */
    public TestReport {
        cases = List.copyOf(cases);
    }

    /** Returns whether every line has the expected result. */
    public boolean passed() {
        return cases.stream().allMatch(Case::passed);
    }

    /**
     * The result of one line of a test.
     *
     * @param file the name of the file that contains it
     * @param line the line, from 1
     * @param column the column of its first character in code points, from 1
     * @param passed whether the result is the expected one
     * @param expected what the test expects, as policies write it
     * @param actual the result in the same words and as exactly
     * @param decision the decision about the request of the line
     * @param matched the rules that matched at any hook: those that decided, had effects, were out
     *     of tokens, or would have decided but are monitored
     */
    public record Case(
            String file,
            int line,
            int column,
            boolean passed,
            String expected,
            String actual,
            Decision decision,
            List<RuleText> matched) {
        /** Creates the result of a line. */
        public Case {
            matched = List.copyOf(matched);
        }
    }
}
