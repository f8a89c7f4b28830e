package org.ringwall.compiler.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.source.Span;

/**
 * Ordered rules for one intent or one hook. The default is the last rule, with a guard that always holds; at a hook where
 * nothing can be denied there is none, and no rule has a verdict.
 *
 * @param monitored whether it is asked and recorded alone, as if it allowed
 */
public record Block(Target target, Optional<String> label, List<Rule> rules, boolean monitored, Span span) {
    /** A block that is enforced. */
    public Block(Target target, Optional<String> label, List<Rule> rules, Span span) {
        this(target, label, rules, false, span);
    }

    /** The same block with other rules. */
    public Block with(List<Rule> others) {
        return new Block(target, label, others, monitored, span);
    }

    public Block {
        rules = List.copyOf(rules);
        if (rules.isEmpty()) {
            throw new IllegalArgumentException("a block has a rule");
        }
        if (!target.decides()) {
            if (rules.stream().anyMatch(rule -> rule.verdict().isPresent())) {
                throw new IllegalArgumentException("nothing is decided in `" + target.text() + "`");
            }
        } else if (rules.get(rules.size() - 1).verdict().isEmpty()
                || !rules.get(rules.size() - 1).guard().equals(Guard.TRUE)
                || rules.get(rules.size() - 1).within().isPresent()) {
            throw new IllegalArgumentException("a block ends with its default");
        }
    }

    /** What a block speaks about. */
    public sealed interface Target {
        /** An intent: every hook that it needs. */
        record OfIntent(Intent intent) implements Target {}

        /** One hook. */
        record OfHook(Hook hook) implements Target {}

        /** Whether the kernel asks for a verdict there: where nothing can be denied, rules have effects alone. */
        default boolean decides() {
            return this instanceof OfIntent || ((OfHook) this).hook().denial().isPresent();
        }

        /**
         * Every hook at which a block is asked (docs/semantics.md section 6); `egress` that denies by default is asked
         * when sockets are made, too.
         */
        default List<Hook> hooks(boolean deniesByDefault) {
            if (this instanceof OfHook one) {
                return List.of(one.hook());
            }
            Intent intent = ((OfIntent) this).intent();
            List<Hook> hooks = new ArrayList<>(intent.hooks());
            if (intent == Intent.EGRESS && deniesByDefault) {
                hooks.add(Hook.SOCK_CREATE);
            }
            return hooks;
        }

        /** The header as policies write it. */
        default String text() {
            return this instanceof OfIntent intent
                    ? intent.intent().text()
                    : "on " + ((OfHook) this).hook().word();
        }
    }

    /** The default rule; empty where nothing is decided. */
    public Optional<Rule> defaultRule() {
        return target.decides() ? Optional.of(rules.get(rules.size() - 1)) : Optional.empty();
    }

    /** Every hook at which it is asked. */
    public List<Hook> hooks() {
        return target.hooks(deniesByDefault());
    }

    /** Whether its default denies. */
    public boolean deniesByDefault() {
        return defaultRule().filter(Rule::denies).isPresent();
    }

    /** Whether anything but a record of what is monitored depends on the field. */
    public boolean dependsOn(Field field) {
        return !monitored && rules.stream().anyMatch(rule -> !rule.monitored() && rule.reads(field));
    }

    /** The rules without the default. */
    public List<Rule> guardedRules() {
        return target.decides() ? rules.subList(0, rules.size() - 1) : rules;
    }
}
