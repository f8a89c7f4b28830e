// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.compiler.diagram.PolicyDiagrams;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.UnreachableRule;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;

/** The warnings about rules that never decide or act. */
final class Unreachable {
    private Unreachable() {}

    static List<Diagnostic> warnings(Policy policy, PolicyDiagrams diagrams) {
        List<Diagnostic> warnings = new ArrayList<>();
        diagrams.shadowed().forEach((ref, shadow) -> {
            if (!tellsNobody(policy, ref)) {
                warnings.add(warning(policy, ref, shadow));
            }
        });
        return warnings;
    }

    /**
     * Returns whether the rule is monitored and has no records. It then has no effect anywhere, and
     * another warning reports that.
     */
    private static boolean tellsNobody(Policy policy, RuleRef ref) {
        boolean monitored =
                policy.blocks().get(ref.block()).monitored() || ref.in(policy).monitored();
        return monitored && ref.in(policy).records().isEmpty();
    }

    private static Diagnostic warning(Policy policy, RuleRef ref, UnreachableRule shadow) {
        Rule rule = ref.in(policy);
        String never = never(rule, shadow);
        if (shadow.instead().isEmpty()) {
            return Diagnostic.of(Code.UNREACHABLE_RULE, rule.span(), never + ": its guard never holds")
                    .help("remove it, or correct the guard");
        }
        Diagnostic warning = Diagnostic.of(
                Code.UNREACHABLE_RULE,
                rule.span(),
                never
                        + (rule.verdict().isPresent()
                                ? ": the rules above it match every request that it matches"
                                : ": every request that it matches is decided by a rule above it, or denied"));
        for (RuleRef other : shadow.instead()) {
            warning = warning.note(other.in(policy).span(), "this rule decides instead");
        }
        return warning.help("remove it, or move it up");
    }

    private static String never(Rule rule, UnreachableRule shadow) {
        if (rule.verdict().isEmpty()) {
            return "this rule never has an effect";
        }
        return shadow.addressesOnly() ? "this rule can never decide about an address" : "this rule can never decide";
    }
}
