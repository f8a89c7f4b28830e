// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.testrunner.CaseResult;
import org.ringwall.compiler.testrunner.TestResult;

/**
 * The output of `test` as JSON in addition to the diagnostics. Members may be added, but are never
 * renamed or removed.
 *
 * <pre>"tests": [{"file", "policy", "name", "line", "passed",
 *            "cases": [{"file", "line", "text", "passed", "expected", "got",
 *                       "rules": [{"file", "line", "text"}]}]}]</pre>
 */
final class TestJson {
    private TestJson() {}

    static Map<String, Object> of(Path file, Policy policy, TestResult result) {
        Map<String, Object> test = new LinkedHashMap<>();
        test.put("file", file.toString());
        test.put("policy", policy.name());
        test.put("name", result.test().name());
        test.put("line", result.test().span().position().line());
        test.put("passed", result.passed());
        test.put("cases", result.cases().stream().map(TestJson::line).toList());
        return test;
    }

    private static Map<String, Object> line(CaseResult result) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("file", result.line().span().file().name());
        line.put("line", result.line().span().position().line());
        line.put("text", result.line().text());
        line.put("passed", result.passed());
        line.put("expected", result.line().expected().toString());
        line.put("got", result.outcome());
        line.put("rules", result.deciders().stream().map(TestJson::rule).toList());
        return line;
    }

    private static Map<String, Object> rule(Span span) {
        Map<String, Object> rule = new LinkedHashMap<>();
        rule.put("file", span.file().name());
        rule.put("line", span.position().line());
        rule.put("text", span.text().lines().findFirst().orElse(""));
        return rule;
    }
}
