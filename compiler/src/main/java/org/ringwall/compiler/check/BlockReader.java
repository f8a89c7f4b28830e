package org.ringwall.compiler.check;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ast.Effect;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.Statement;
import org.ringwall.compiler.ast.Verdict;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.IntervalSet;

/** Reads the rules of one block. */
final class BlockReader {
    /** What a verdict can say beside allowing and denying. */
    static final Set<String> MODIFIERS = Set.of("unprivileged", "congested");

    private final Block.Target target;
    private final Declarations declarations;
    private final VerdictReader verdicts;
    private final TargetFloor floor;
    private final Findings findings;

    BlockReader(
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

    /** The block; empty if anything in it is wrong. */
    Optional<Block> read(Optional<Name> label, Span head, List<Statement> statements, Span span) {
        if (!target.decides()) {
            return withoutVerdicts(label, head, statements, span);
        }
        Optional<Statement.Default> fallback = order(head, statements);
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
        return whole && last ? Optional.of(new Block(target, label.map(Name::text), rules, span)) : Optional.empty();
    }

    /** A block at a hook where nothing can be denied: `when` alone. */
    private Optional<Block> withoutVerdicts(Optional<Name> label, Span head, List<Statement> statements, Span span) {
        List<Rule> rules = new ArrayList<>();
        for (Statement statement : statements) {
            if (statement instanceof Statement.When when) {
                when(when, target.hooks(false)).ifPresent(rules::add);
            } else {
                refuseVerdict(statement);
            }
        }
        if (statements.isEmpty()) {
            findings.add(Diagnostic.of(Code.EMPTY_BLOCK, head, "`%s` does nothing".formatted(head.text()))
                    .help("write rules as `when GUARD { … }`, or leave the block out"));
        }
        return rules.isEmpty() || rules.size() != statements.size()
                ? Optional.empty()
                : Optional.of(new Block(target, label.map(Name::text), rules, span));
    }

    private void refuseVerdict(Statement statement) {
        Hook hook = target.hooks(false).get(0);
        String why = switch (hook) {
            case SOCK_OPS -> "a 0 would only cancel what another program replies";
            case SOCK_RELEASE -> "the kernel ignores what a program returns";
            default -> "the kernel takes nothing but 1 of a program";
        };
        findings.add(Diagnostic.of(
                        Code.VERDICT_NOT_HERE,
                        statement.span(),
                        "nothing can be denied at `%s`: %s".formatted(hook.word(), why))
                .help("write what is to happen as `when GUARD { … }`, and leave verdicts and `default` out"));
    }

    private Optional<Rule> when(Statement.When when, List<Hook> hooks) {
        Optional<Guard> guard = when.guard().accept(new GuardReader(target, hooks, declarations, floor, findings));
        Optional<List<org.ringwall.compiler.policy.Effect>> effects = effects(when.effects());
        return guard.flatMap(held -> effects.map(all -> new Rule(Optional.empty(), held, all, when.span())));
    }

    private Optional<List<org.ringwall.compiler.policy.Effect>> effects(List<Effect> effects) {
        return EffectReader.inBlock(target, declarations, findings).read(effects);
    }

    /** Reports defaults that are missing, several, or not last. */
    private Optional<Statement.Default> order(Span head, List<Statement> statements) {
        Optional<Statement.Default> first = Optional.empty();
        boolean said = false;
        for (Statement statement : statements) {
            if (first.isEmpty()) {
                first = statement instanceof Statement.Default fallback ? Optional.of(fallback) : Optional.empty();
            } else if (statement instanceof Statement.Default) {
                findings.add(Diagnostic.of(Code.TWO_DEFAULTS, statement.span(), "a block has one `default`")
                        .help("leave one of them out")
                        .note(first.get().span(), "the first one is here"));
            } else if (!said) {
                said = true;
                findings.add(Diagnostic.of(
                                Code.RULE_AFTER_DEFAULT, statement.span(), "a rule behind `default` is never asked")
                        .help("move it in front of `default`")
                        .note(first.get().span(), "the default is here"));
            }
        }
        if (first.isEmpty()) {
            findings.add(Diagnostic.of(
                            Code.MISSING_DEFAULT,
                            head,
                            "`%s` does not say what happens otherwise".formatted(head.text()))
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
                return decision(rule, rule.verdict(), letters(rule.verdict()), guard, hooks);
            }

            @Override
            public Optional<Rule> when(Statement.When when) {
                return BlockReader.this.when(when, hooks);
            }

            @Override
            public Optional<Rule> fallback(Statement.Default fallback) {
                // Letters of an access are refused with the form, so what comes here is some other word.
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
        boolean errno = verdict instanceof Verdict.Deny && !accesses && modifier.isEmpty();
        org.ringwall.compiler.policy.Verdict plain = verdict instanceof Verdict.Allow
                ? org.ringwall.compiler.policy.Verdict.ALLOW
                : org.ringwall.compiler.policy.Verdict.DENY;
        Optional<org.ringwall.compiler.policy.Verdict> decided =
                errno ? deny((Verdict.Deny) verdict, hooks) : Optional.of(plain);
        if (modifier.isPresent()) {
            decided = verdicts.modified(plain, modifier.get(), target.text(), target.hooks(false));
        }
        Optional<List<org.ringwall.compiler.policy.Effect>> effects = effects(statement.effects());
        if (!plain.allows() && !statement.effects().isEmpty()) {
            refuseEffectOfDenial(statement.effects().get(0));
            return Optional.empty();
        }
        if (guard.isEmpty() || access.isEmpty() || decided.isEmpty() || effects.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Rule(decided, both(access.get(), guard.get()), effects.get(), statement.span()));
    }

    private void refuseEffectOfDenial(Effect effect) {
        findings.add(Diagnostic.of(
                        Code.EFFECT_OF_DENIAL,
                        effect.span(),
                        "`%s` never happens: nothing is written for a request that is denied"
                                .formatted(effect.span().text()))
                .help("leave it out, or write it behind `allow`"));
    }

    /** The access that a verdict is about. Behind `deny` the same letters stand where an errno may, which has capitals. */
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

    /** `rw` as `read or write` (docs/semantics.md section 5). */
    private Optional<Guard> access(Name letters) {
        if (!Targets.isDevices(target)) {
            findings.add(Diagnostic.of(
                            Code.ACCESS_NOT_HERE,
                            letters.span(),
                            "`%s` has no access behind its verdicts".formatted(target.text()))
                    .help("an access belongs in `devices`; leave it out here"));
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
