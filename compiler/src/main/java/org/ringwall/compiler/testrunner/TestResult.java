// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.util.List;
import org.ringwall.compiler.policy.PolicyTest;

/** The result of one `test` block, line by line. */
public record TestResult(PolicyTest test, List<CaseResult> cases) {
    public TestResult {
        cases = List.copyOf(cases);
    }

    /** Whether every line has the expected result. */
    public boolean passed() {
        return cases.stream().allMatch(CaseResult::passed);
    }
}
