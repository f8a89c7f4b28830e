// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.ast.Effect;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;

/** The content of a rule's braces: effects, and the reason that one of them gives. */
record RuleEffects(List<org.ringwall.compiler.policy.Effect> effects, Optional<Reason> because) {
    RuleEffects {
        effects = List.copyOf(effects);
    }

    /** Reads all effects; empty after a report. */
    static Optional<RuleEffects> read(List<Effect> written, EffectReader reader, Findings findings) {
        List<Effect> others = written.stream()
                .filter(effect -> !(effect instanceof Effect.Because))
                .toList();
        Optional<List<org.ringwall.compiler.policy.Effect>> effects = reader.read(others);
        List<Value.Text> texts = Reasons.among(written);
        List<Reason> reasons = texts.stream()
                .flatMap(text -> Reasons.read(text, findings).stream())
                .toList();
        boolean once = once(written, texts, findings);
        return once && reasons.size() == texts.size()
                ? effects.map(all -> new RuleEffects(all, reasons.stream().findFirst()))
                : Optional.empty();
    }

    /** A rule may have one reason and one record, and count once in a counter. */
    private static boolean once(List<Effect> written, List<Value.Text> reasons, Findings findings) {
        Map<String, Span> seen = new HashMap<>();
        boolean once = true;
        for (Value.Text reason : reasons) {
            once &= isFirst("a rule has one reason", "because", reason.span(), seen, findings);
        }
        for (Effect effect : written) {
            if (effect instanceof Effect.Log) {
                once &= isFirst("a rule is logged once", "log", effect.span(), seen, findings);
            } else if (effect instanceof Effect.Count count) {
                String counter = count.counter().text();
                String message = "a rule counts once in `%s`".formatted(counter);
                once &= isFirst(message, "count " + counter, effect.span(), seen, findings);
            }
        }
        return once;
    }

    private static boolean isFirst(String message, String key, Span at, Map<String, Span> seen, Findings findings) {
        Optional<Span> first = Optional.ofNullable(seen.putIfAbsent(key, at));
        first.ifPresent(span -> findings.add(Diagnostic.of(Code.TWICE_IN_A_RULE, at, message)
                .help("remove one of them")
                .note(span, "the first one is here")));
        return first.isEmpty();
    }
}
