// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.report.ReachReport.Status;

/**
 * The result for one bypass: its status, the reason in one sentence, and the rules that close it
 * or let it through.
 *
 * @param words what closes it in this policy; empty if {@link Bypass#remedy} applies
 */
record Judgement(Status status, String reason, List<RuleRef> rules, Optional<String> words) {
    Judgement {
        rules = List.copyOf(rules);
    }

    Judgement(Status status, String reason, List<RuleRef> rules) {
        this(status, reason, rules, Optional.empty());
    }

    Judgement(Status status, String reason) {
        this(status, reason, List.of());
    }
}
