package org.ringwall.compiler.policy;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.source.Span;

/** Ordered rules for one intent or one hook. The default is the last rule, with a guard that always holds. */
public record Block(Target target, Optional<String> label, List<Rule> rules, Span span) {
    public Block {
        rules = List.copyOf(rules);
        if (rules.isEmpty() || !rules.get(rules.size() - 1).guard().equals(Guard.TRUE)) {
            throw new IllegalArgumentException("a block ends with its default");
        }
    }

    /** What a block speaks about. */
    public sealed interface Target {
        /** An intent: every hook that it needs. */
        record OfIntent(Intent intent) implements Target {}

        /** One hook. */
        record OfHook(Hook hook) implements Target {}

        /** The header as policies write it. */
        default String text() {
            return this instanceof OfIntent intent
                    ? intent.intent().text()
                    : "on " + ((OfHook) this).hook().word();
        }
    }

    /** The default rule. */
    public Rule defaultRule() {
        return rules.get(rules.size() - 1);
    }
}
