// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.source.Span;

/**
 * An ordered list of rules for one intent or one hook. The last rule is the default, whose guard is
 * always true. At a hook that cannot deny there is no default, and no rule has a verdict.
 *
 * @param monitored whether the block is only evaluated and recorded, as if it allowed
 */
public record Block(Target target, Optional<String> label, List<Rule> rules, boolean monitored, Span span) {
    /** Creates a block that is enforced. */
    public Block(Target target, Optional<String> label, List<Rule> rules, Span span) {
        this(target, label, rules, false, span);
    }

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

    /** The target of a block. */
    public sealed interface Target {
        /** An intent, with every hook that it needs. */
        record OfIntent(Intent intent) implements Target {}

        /** One hook. */
        record OfHook(Hook hook) implements Target {}

        /**
         * Whether the kernel accepts a verdict; if the hook cannot deny, rules only have effects.
         */
        default boolean decides() {
            return this instanceof OfIntent || ((OfHook) this).hook().denial().isPresent();
        }

        /**
         * Returns every hook of the block (docs/semantics.md section 6). `egress` that denies by
         * default also has sock_create.
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

        /** Returns the header as in the text of a policy. */
        default String text() {
            return this instanceof OfIntent intent
                    ? intent.intent().text()
                    : "on " + ((OfHook) this).hook().word();
        }
    }

    /** Returns the default rule; empty if there are no verdicts. */
    public Optional<Rule> defaultRule() {
        return target.decides() ? Optional.of(rules.get(rules.size() - 1)) : Optional.empty();
    }

    public List<Hook> hooks() {
        return target.hooks(deniesByDefault());
    }

    /** Whether the default denies. */
    public boolean deniesByDefault() {
        return defaultRule().filter(Rule::denies).isPresent();
    }

    /** Whether anything other than the records of monitored rules depends on the field. */
    public boolean dependsOn(Field field) {
        return !monitored && rules.stream().anyMatch(rule -> !rule.monitored() && rule.reads(field));
    }

    /** Returns the rules without the default. */
    public List<Rule> guardedRules() {
        return target.decides() ? rules.subList(0, rules.size() - 1) : rules;
    }
}
