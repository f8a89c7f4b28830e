// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Comparison;

/**
 * Warns if a request is exempt from a redirect by a property that the caller itself can choose: its
 * user, group, or thread name. A rule that also tests the caller's cgroup, which a workload cannot
 * choose, is accepted.
 */
final class CallerChosenExemption implements Guard.Visitor<Boolean> {
    private static final Set<Field> CHOSEN = EnumSet.of(Field.UID, Field.GID, Field.COMM);

    /** A value that is contained in most sets that exclude single ids, and in few other sets. */
    private static final long ORDINARY = 0x7a5f_c3e1L;

    private final Findings findings;

    CallerChosenExemption(Findings findings) {
        this.findings = findings;
    }

    void warn(Block block) {
        if (block.monitored()) {
            return;
        }
        Deque<Rule> redirects = new ArrayDeque<>(
                block.rules().stream().filter(CallerChosenExemption::redirects).toList());
        for (Rule rule : block.rules()) {
            if (redirects.isEmpty()) {
                return;
            }
            warn(rule, redirects.getFirst());
            if (rule == redirects.getFirst()) {
                redirects.removeFirst();
            }
        }
    }

    /** Warns about a rule; `redirect` is that rule, or the next one that redirects. */
    private void warn(Rule rule, Rule redirect) {
        boolean exempts = redirects(rule) ? rule.guard().accept(this) : rule.allows() && !rule.monitored();
        if (exempts) {
            chosen(rule.guard()).ifPresent(field -> warn(field, rule, redirect.span()));
        }
    }

    private static boolean redirects(Rule rule) {
        return !rule.monitored() && rule.effects().stream().anyMatch(Effect.Redirect.class::isInstance);
    }

    /**
     * Returns the field by which a guard identifies a caller; empty if it also tests the caller's
     * cgroup.
     */
    private static Optional<Field> chosen(Guard guard) {
        boolean placed = EnumSet.allOf(Field.class).stream()
                .anyMatch(field -> field.type() == FieldType.CGROUP && guard.reads(field));
        return placed ? Optional.empty() : CHOSEN.stream().filter(guard::reads).findFirst();
    }

    private void warn(Field field, Rule rule, Span redirect) {
        String how = field == Field.COMM
                ? "every process can set the names of its threads"
                : "a process with CAP_SET%s, such as root in a container, can take any".formatted(field.name());
        Diagnostic warning = Diagnostic.of(
                        Code.CHOSEN_EXEMPTION,
                        rule.span(),
                        "a workload can exempt itself from the redirect by its `%s`: %s".formatted(field.text(), how))
                .help(
                        "run the proxy in a cgroup of its own, and write `allow if cgroup in proxies` with `live set proxies : cgroup max 16`");
        findings.add(redirect.equals(rule.span()) ? warning : warning.note(redirect, "the redirect is here"));
    }

    // Whether the guard of a redirect excludes single callers, as `uid != 990` does.

    @Override
    public Boolean constant(Guard.Const guard) {
        return false;
    }

    @Override
    public Boolean not(Guard.Not guard) {
        return CHOSEN.stream().anyMatch(guard::reads);
    }

    @Override
    public Boolean and(Guard.And guard) {
        return guard.guards().stream().anyMatch(each -> each.accept(this));
    }

    @Override
    public Boolean or(Guard.Or guard) {
        return false;
    }

    @Override
    public Boolean in(Guard.In guard) {
        return CHOSEN.contains(guard.field()) && guard.set().contains(ORDINARY);
    }

    @Override
    public Boolean addressIn(Guard.AddressIn guard) {
        return false;
    }

    @Override
    public Boolean deviceIn(Guard.DeviceIn guard) {
        return false;
    }

    @Override
    public Boolean matches(Guard.Matches guard) {
        return false;
    }

    @Override
    public Boolean compareParam(Guard.CompareParam guard) {
        return CHOSEN.contains(guard.field()) && guard.comparison() == Comparison.NE;
    }

    @Override
    public Boolean inLive(Guard.InLive guard) {
        return false;
    }
}
