package org.ringwall.compiler.coverage;

import java.util.List;
import org.ringwall.compiler.diagram.RuleRef;

/** The result for one bypass: its status, why in one sentence, and the rules that close it or let it through. */
record Judgement(Status status, String reason, List<RuleRef> rules) {
    Judgement {
        rules = List.copyOf(rules);
    }

    Judgement(Status status, String reason) {
        this(status, reason, List.of());
    }
}
