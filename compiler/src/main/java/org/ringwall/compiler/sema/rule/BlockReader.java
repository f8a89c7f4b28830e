// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.rule;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ast.Effect;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.Statement;
import org.ringwall.compiler.ast.Verdict;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.guard.GuardReader;
import org.ringwall.compiler.sema.guard.KeyReader;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.TargetFloor;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.IntervalSet;

/** A reader of the rules of one block. */
public final class BlockReader {
    /** The modifiers of a verdict. */
    static final Set<String> MODIFIERS = Set.of("unprivileged", "congested");

    private final Block.Target target;
    private final Declarations declarations;
    private final VerdictReader verdicts;
    private final TargetFloor floor;
    private final Findings findings;

    public BlockReader(
            Block.Target target,
            Declarations declarations,
            VerdictReader verdicts,
            TargetFloor floor,
            Findings findings) {
        this.target = target;
        this.declarations = declarations;
        this.verdicts = verdicts;
        this.floor = floor;
        this.findings = findings;
    }

    /**
     * Reads the block; it is monitored if the policy is or the block itself. Empty if anything in
     * it is wrong.
     */
    public Optional<Block> read(Optional<Name> label, Item.OfRules block, boolean monitored) {
        List<Statement> statements = block.statements();
        Optional<List<Rule>> rules = target.decides() ? rules(block) : withoutVerdicts(block.head(), statements);
        rules.ifPresent(all -> warnOfVain(all, block, monitored));
        return rules.map(
                all -> new Block(target, label.map(Name::text), all, monitored || block.monitored(), block.span()));
    }

    private void warnOfVain(List<Rule> rules, Item.OfRules block, boolean monitored) {
        if (monitored || block.monitored()) {
            if (rules.stream().allMatch(rule -> rule.records().isEmpty())) {
                vain(block.head(), "`%s` is monitored".formatted(target.text()));
            }
            return;
        }
        rules.stream()
                .filter(rule -> rule.monitored() && rule.records().isEmpty())
                .forEach(rule -> vain(rule.span(), "this rule is monitored"));
    }

    private void vain(Span at, String what) {
        findings.add(Diagnostic.of(Code.MONITOR_IN_VAIN, at, what + " but records nothing, so `monitor` has no effect")
                .help("write what to record after the rule, as in `{ log }`"));
    }

    private Optional<List<Rule>> rules(Item.OfRules block) {
        List<Statement> statements = block.statements();
        Optional<Statement.Default> fallback = order(block.head(), statements);
        List<Hook> hooks = target.hooks(fallback.filter(found -> found.verdict() instanceof Verdict.Deny)
                .isPresent());
        List<Rule> rules = new ArrayList<>();
        boolean whole = fallback.isPresent();
        for (Statement statement : statements) {
            Optional<Rule> rule = rule(statement, hooks);
            rule.ifPresent(rules::add);
            whole &= rule.isPresent();
        }
        boolean last = !statements.isEmpty() && statements.get(statements.size() - 1) instanceof Statement.Default;
        return whole && last ? Optional.of(rules) : Optional.empty();
    }

    /** Reads a block at a hook that cannot deny, which may only contain `when`. */
    private Optional<List<Rule>> withoutVerdicts(Span head, List<Statement> statements) {
        List<Rule> rules = new ArrayList<>();
        for (Statement statement : statements) {
            if (statement instanceof Statement.When when) {
                when(when, target.hooks(false)).ifPresent(rules::add);
            } else {
                refuseVerdict(statement);
            }
        }
        if (statements.isEmpty()) {
            findings.add(Diagnostic.of(Code.EMPTY_BLOCK, head, "`%s` has no rules".formatted(head.text()))
                    .help("write rules as `when GUARD { … }`, or remove the block"));
        }
        return rules.isEmpty() || rules.size() != statements.size() ? Optional.empty() : Optional.of(rules);
    }

    private void refuseVerdict(Statement statement) {
        Hook hook = target.hooks(false).get(0);
        String why = "the kernel accepts only the return value 1";
        if (hook.returns().contains(0)) {
            why = hook == Hook.SOCK_OPS
                    ? "returning 0 would only cancel the reply of another program"
                    : "the kernel ignores the return value";
        }
        findings.add(Diagnostic.of(
                        Code.VERDICT_NOT_HERE, statement.span(), "cannot deny at `%s`: %s".formatted(hook.word(), why))
                .help("write effects as `when GUARD { … }`, and remove verdicts and `default`"));
    }

    private Optional<Rule> when(Statement.When when, List<Hook> hooks) {
        Optional<Guard> guard = when.guard().accept(new GuardReader(target, hooks, declarations, floor, findings));
        Optional<RuleEffects> effects = effects(when.effects(), hooks);
        if (effects.filter(all -> all.effects().isEmpty()).isPresent()) {
            findings.add(Diagnostic.of(
                            Code.REASON_ALONE,
                            when.effects().get(0).span(),
                            "a reason without a verdict and without a record has no effect")
                    .help("write `log because \"…\"`, or a verdict"));
            return Optional.empty();
        }
        if (guard.isPresent() && !happen(guard.get(), when.effects())) {
            return Optional.empty();
        }
        return guard.flatMap(held -> effects.map(all ->
                new Rule(Optional.empty(), held, all.effects(), Optional.empty(), all.because(), false, when.span())));
    }

    /** Whether effects can happen where the guard is true; reports those that cannot. */
    private boolean happen(Guard guard, List<Effect> effects) {
        return AtWrites.happen(guard, effects, findings) && ClosedCounts.happen(guard, effects, declarations, findings);
    }

    private Optional<RuleEffects> effects(List<Effect> effects, List<Hook> hooks) {
        return RuleEffects.read(effects, EffectReader.inBlock(target, hooks, declarations, floor, findings), findings);
    }

    /** Reports a `default` that is missing, duplicate, or not last. */
    private Optional<Statement.Default> order(Span head, List<Statement> statements) {
        Optional<Statement.Default> first = Optional.empty();
        boolean said = false;
        for (Statement statement : statements) {
            if (first.isEmpty()) {
                first = statement instanceof Statement.Default fallback ? Optional.of(fallback) : Optional.empty();
            } else if (statement instanceof Statement.Default) {
                findings.add(Diagnostic.of(Code.TWO_DEFAULTS, statement.span(), "a block has one `default`")
                        .help("remove one of them")
                        .note(first.get().span(), "the first one is here"));
            } else if (!said) {
                said = true;
                findings.add(Diagnostic.of(
                                Code.RULE_AFTER_DEFAULT, statement.span(), "a rule after `default` is never evaluated")
                        .help("move it before `default`")
                        .note(first.get().span(), "the default is here"));
            }
        }
        if (first.isEmpty()) {
            findings.add(Diagnostic.of(Code.MISSING_DEFAULT, head, "`%s` has no `default`".formatted(head.text()))
                    .help("end it with `default deny` or `default allow`"));
        }
        return first;
    }

    private Optional<Rule> rule(Statement statement, List<Hook> hooks) {
        return statement.accept(new Statement.Visitor<>() {
            @Override
            public Optional<Rule> rule(Statement.Rule rule) {
                Optional<Guard> guard = rule.guard().isPresent()
                        ? rule.guard().get().accept(new GuardReader(target, hooks, declarations, floor, findings))
                        : Optional.of(Guard.TRUE);
                Optional<Optional<Rule.Within>> within = within(rule, hooks);
                return decision(rule, rule.verdict(), letters(rule.verdict()), guard, hooks)
                        .flatMap(decided -> within.map(rate -> new Rule(
                                decided.verdict(),
                                decided.guard(),
                                decided.effects(),
                                rate,
                                decided.because(),
                                rule.monitored(),
                                rule.span())));
            }

            @Override
            public Optional<Rule> when(Statement.When when) {
                return BlockReader.this.when(when, hooks);
            }

            @Override
            public Optional<Rule> fallback(Statement.Default fallback) {
                // The parser rejects access letters after `default`, so the word here is another
                // one.
                Optional<Name> letters =
                        fallback.verdict() instanceof Verdict.Allow allow ? allow.word() : Optional.empty();
                return decision(fallback, fallback.verdict(), letters, Optional.of(Guard.TRUE), hooks);
            }
        });
    }

    private Optional<Rule> decision(
            Statement statement, Verdict verdict, Optional<Name> letters, Optional<Guard> guard, List<Hook> hooks) {
        Optional<Name> modifier = verdict.word().filter(word -> MODIFIERS.contains(word.text()));
        boolean accesses = letters.isPresent() && modifier.isEmpty();
        Optional<Guard> access = accesses ? access(letters.get()) : Optional.of(Guard.TRUE);
        Optional<org.ringwall.compiler.policy.Verdict> decided = verdict(verdict, accesses, hooks);
        Optional<Optional<org.ringwall.compiler.policy.Effect>> led = led(verdict);
        Optional<RuleEffects> effects = effects(statement.effects(), hooks);
        Optional<Effect> write = statement.effects().stream()
                .filter(effect -> effect instanceof Effect.Assign
                        || effect instanceof Effect.Reply
                        || effect instanceof Effect.SetOption)
                .findFirst();
        if (!verdict.allows() && write.isPresent()) {
            refuseEffectOfDenial(write.get());
            return Optional.empty();
        }
        if (guard.isEmpty() || access.isEmpty() || decided.isEmpty() || led.isEmpty() || effects.isEmpty()) {
            return Optional.empty();
        }
        if (!happen(guard.get(), statement.effects()) || led.get().isPresent() && leadsTwice(statement)) {
            return Optional.empty();
        }
        List<org.ringwall.compiler.policy.Effect> all = new ArrayList<>();
        led.get().ifPresent(all::add);
        all.addAll(effects.get().effects());
        return Optional.of(new Rule(
                decided,
                both(access.get(), guard.get()),
                all,
                Optional.empty(),
                effects.get().because(),
                false,
                statement.span()));
    }

    /** Returns the verdict. With access letters after the word there is no errno. */
    private Optional<org.ringwall.compiler.policy.Verdict> verdict(
            Verdict verdict, boolean accesses, List<Hook> hooks) {
        Optional<Name> modifier = verdict.word().filter(word -> MODIFIERS.contains(word.text()));
        org.ringwall.compiler.policy.Verdict plain = verdict.allows()
                ? org.ringwall.compiler.policy.Verdict.ALLOW
                : org.ringwall.compiler.policy.Verdict.DENY;
        if (modifier.isPresent()) {
            return verdicts.modified(plain, modifier.get(), target.text(), target.hooks(false));
        }
        return verdict instanceof Verdict.Deny deny && !accesses ? deny(deny, hooks) : Optional.of(plain);
    }

    private Optional<Optional<org.ringwall.compiler.policy.Effect>> led(Verdict verdict) {
        return verdict instanceof Verdict.Redirect redirect
                ? new RedirectReader(declarations, findings)
                        .inBlock(redirect, target, floor)
                        .map(Optional::of)
                : Optional.of(Optional.empty());
    }

    private boolean leadsTwice(Statement statement) {
        Optional<Effect> other = statement.effects().stream()
                .filter(effect -> effect instanceof Effect.Assign assign
                        && Set.of("remote.ip", "remote.port")
                                .contains(assign.field().text()))
                .findFirst();
        other.ifPresent(effect -> findings.add(
                Diagnostic.of(Code.TWICE_IN_A_RULE, effect.span(), "`redirect` already sets the destination")
                        .help("remove it, or assign both address and port after `allow`")));
        return other.isPresent();
    }

    /**
     * Reads the rate of a rule; the inner value is empty if there is none, the outer one after a
     * report.
     */
    private Optional<Optional<Rule.Within>> within(Statement.Rule rule, List<Hook> hooks) {
        if (rule.within().isEmpty()) {
            return Optional.of(Optional.empty());
        }
        Statement.Within within = rule.within().get();
        Optional<Rate> rate = declarations
                .named(Declarations.Declared.OfRate.class, "rate", within.rate(), findings)
                .map(Declarations.Declared.OfRate::rate)
                .filter(found -> new KeyReader(findings)
                        .isHere(
                                found.key(),
                                found.name(),
                                found.span(),
                                within.rate().span(),
                                target,
                                hooks,
                                floor));
        if (!rule.verdict().allows()) {
            findings.add(Diagnostic.of(
                            Code.DENY_WITHIN,
                            within.span(),
                            "`deny` cannot have a rate: it would allow requests when the tokens run out")
                    .help("write `allow if … within %s else deny`"
                            .formatted(within.rate().text())));
            return Optional.empty();
        }
        if (within.otherwise().isEmpty()) {
            return rate.map(found -> Optional.of(new Rule.Within(found, Optional.empty())));
        }
        Verdict written = within.otherwise().get();
        Optional<Name> letters = letters(written).filter(word -> !MODIFIERS.contains(word.text()));
        letters.ifPresent(word -> findings.add(
                Diagnostic.of(Code.ACCESS_NOT_HERE, word.span(), "`else` cannot have an access after its verdict")
                        .help("write `else allow` or `else deny`; it applies to the accesses of the rule")));
        Optional<org.ringwall.compiler.policy.Verdict> otherwise =
                letters.isPresent() ? Optional.empty() : verdict(written, false, hooks);
        return rate.flatMap(
                found -> otherwise.map(verdict -> Optional.of(new Rule.Within(found, Optional.of(verdict)))));
    }

    private void refuseEffectOfDenial(Effect effect) {
        findings.add(Diagnostic.of(
                        Code.EFFECT_OF_DENIAL,
                        effect.span(),
                        "`%s` never happens: a denied request is not changed"
                                .formatted(effect.span().text()))
                .help("remove it, or write it after `allow`"));
    }

    /**
     * Returns the access of a verdict. After `deny`, the letters are at the position of an errno,
     * which is upper case.
     */
    private static Optional<Name> letters(Verdict verdict) {
        return verdict instanceof Verdict.Allow allow
                ? allow.word()
                : verdict.word().filter(name -> name.text().matches("[rwm]+"));
    }

    private Optional<org.ringwall.compiler.policy.Verdict> deny(Verdict.Deny deny, List<Hook> hooks) {
        Optional<org.ringwall.compiler.policy.Verdict> verdict = verdicts.deny(deny.word());
        verdict.ifPresent(given -> verdicts.holdToTargets(given, deny.word(), hooks));
        return verdict;
    }

    private static Guard both(Guard access, Guard guard) {
        if (access.equals(Guard.TRUE)) {
            return guard;
        }
        return guard.equals(Guard.TRUE) ? access : new Guard.And(List.of(access, guard));
    }

    /**
     * Returns the guard for an access: `rw` means `read or write` (docs/semantics.md section 5).
     */
    private Optional<Guard> access(Name letters) {
        if (!Targets.isDevices(target)) {
            findings.add(Diagnostic.of(
                            Code.ACCESS_NOT_HERE,
                            letters.span(),
                            "a verdict in `%s` cannot have an access".formatted(target.text()))
                    .help("remove it; only verdicts in `devices` have an access"));
            return Optional.empty();
        }
        Optional<Set<Request.Access>> accesses = verdicts.access(letters, EnumSet.allOf(Request.Access.class));
        return accesses.map(found -> {
            List<Guard> any = found.stream()
                    .<Guard>map(one -> new Guard.In(field(one), IntervalSet.of(1)))
                    .toList();
            return any.size() == 1 ? any.get(0) : new Guard.Or(any);
        });
    }

    private static Field field(Request.Access access) {
        return switch (access) {
            case READ -> Field.READ;
            case WRITE -> Field.WRITE;
            case MKNOD -> Field.MKNOD;
        };
    }
}
