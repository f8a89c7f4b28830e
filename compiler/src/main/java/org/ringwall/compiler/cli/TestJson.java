// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.compiler.api.Policy;
import org.ringwall.compiler.report.RuleText;
import org.ringwall.compiler.report.TestReport;

/**
 * The output of `test` as JSON in addition to the diagnostics. Members may be added, but are never
 * renamed or removed.
 *
 * <pre>"tests": [{"file", "policy", "name", "line", "passed",
 *            "cases": [{"file", "line", "column", "text", "passed", "expected", "got",
 *                       "rules": [{"file", "line", "column", "text"}]}]}]</pre>
 */
final class TestJson {
    private TestJson() {}

    static Map<String, Object> of(Path file, Policy policy, TestReport report) {
        Map<String, Object> test = new LinkedHashMap<>();
        test.put("file", PolicyInput.name(file));
        test.put("policy", policy.name());
        test.put("name", report.name());
        test.put("line", report.line());
        test.put("passed", report.passed());
        test.put("cases", report.cases().stream().map(TestJson::line).toList());
        return test;
    }

    private static Map<String, Object> line(TestReport.Case result) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("file", result.file());
        line.put("line", result.line());
        line.put("column", result.column());
        line.put("text", result.decision().request().words());
        line.put("passed", result.passed());
        line.put("expected", result.expected());
        line.put("got", result.actual());
        line.put("rules", result.decision().rules().stream().map(TestJson::rule).toList());
        return line;
    }

    private static Map<String, Object> rule(RuleText text) {
        Map<String, Object> rule = new LinkedHashMap<>();
        rule.put("file", text.file());
        rule.put("line", text.line());
        rule.put("column", text.column());
        rule.put("text", text.text().lines().findFirst().orElse(""));
        return rule;
    }
}
