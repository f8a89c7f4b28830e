// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.compiler.analysis.Reach;
import org.ringwall.compiler.bypass.Closing;
import org.ringwall.compiler.bypass.Coverage;
import org.ringwall.compiler.bypass.Finding;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.pipeline.Compilation;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.source.Span;

/**
 * The output of `reach` as JSON. Members may be added, but are never renamed or removed.
 *
 * <pre>{"policy", "hooks": [{"hook", "complete", "allowed": [TEXT]}],
 *  "blocks": [{"block", "present", "bypasses": [{"id", "status", "what", "lets", "kernels", "why",
 *     "rules": [{"line", "text"}], "closedBy", "words"}], "notes": [TEXT]}]}</pre>
 */
final class ReachJson {
    private final Compilation compilation;
    private final int limit;

    ReachJson(Compilation compilation, int limit) {
        this.compilation = compilation;
        this.limit = limit;
    }

    String text() {
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("policy", compilation.policy().name());
        whole.put(
                "hooks",
                compilation.diagrams().decisions().stream().map(this::hook).toList());
        Coverage coverage = compilation.coverage();
        whole.put(
                "blocks",
                List.of(Intent.values()).stream()
                        .map(block -> block(block, coverage))
                        .toList());
        return Json.of(whole);
    }

    private Map<String, Object> hook(HookDecision decision) {
        Reach reach = Reach.of(decision, limit);
        Map<String, Object> hook = new LinkedHashMap<>();
        hook.put("hook", decision.hook().word());
        hook.put("complete", reach.complete());
        hook.put("allowed", reach.words(compilation.policy().sets()));
        return hook;
    }

    private static Map<String, Object> block(Intent intent, Coverage coverage) {
        Map<String, Object> block = new LinkedHashMap<>();
        block.put("block", intent.text());
        block.put("present", coverage.blocks().contains(intent));
        block.put(
                "bypasses", coverage.of(intent).stream().map(ReachJson::bypass).toList());
        block.put("notes", coverage.notes(intent));
        return block;
    }

    private static Map<String, Object> bypass(Finding finding) {
        Map<String, Object> bypass = new LinkedHashMap<>();
        bypass.put("id", finding.bypass().id());
        bypass.put("status", finding.status().word());
        bypass.put("what", finding.bypass().what());
        bypass.put("lets", finding.bypass().lets());
        bypass.put("kernels", finding.bypass().kernels());
        bypass.put("why", finding.reason());
        bypass.put("rules", finding.rules().stream().map(ReachJson::rule).toList());
        bypass.put("closedBy", finding.bypass().closing().accept(new ClosedBy()));
        bypass.put("words", finding.words());
        return bypass;
    }

    private static Map<String, Object> rule(Span span) {
        Map<String, Object> rule = new LinkedHashMap<>();
        rule.put("line", span.position().line());
        rule.put("text", span.text());
        return rule;
    }

    private static final class ClosedBy implements Closing.Visitor<String> {
        @Override
        public String byConstruction(Closing.ByConstruction closing) {
            return "construction";
        }

        @Override
        public String byPolicy(Closing.ByPolicy closing) {
            return "policy";
        }

        @Override
        public String elsewhere(Closing.Elsewhere closing) {
            return "elsewhere";
        }
    }
}
