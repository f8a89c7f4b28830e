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
    private final Findings findings;

    BlockReader(Block.Target target, Declarations declarations, VerdictReader verdicts, Findings findings) {
        this.target = target;
        this.declarations = declarations;
        this.verdicts = verdicts;
        this.findings = findings;
    }

    /** The block; empty if anything in it is wrong. */
    Optional<Block> read(Optional<Name> label, Span head, List<Statement> statements, Span span) {
        Optional<Statement.Default> fallback = order(head, statements);
        List<Hook> hooks = Targets.hooks(
                target,
                fallback.filter(found -> found.verdict() instanceof Verdict.Deny)
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
                        ? rule.guard().get().accept(new GuardReader(target, declarations, findings))
                        : Optional.of(Guard.TRUE);
                Optional<Rule> read = decision(rule, rule.verdict(), letters(rule.verdict()), guard, hooks);
                return rule.effects().isEmpty() ? read : refuseEffects(rule.effects());
            }

            @Override
            public Optional<Rule> when(Statement.When when) {
                return refuseWhen(when);
            }

            @Override
            public Optional<Rule> fallback(Statement.Default fallback) {
                // Letters of an access are refused with the form, so what comes here is some other word.
                Optional<Name> letters =
                        fallback.verdict() instanceof Verdict.Allow allow ? allow.word() : Optional.empty();
                Optional<Rule> read = decision(fallback, fallback.verdict(), letters, Optional.of(Guard.TRUE), hooks);
                return fallback.effects().isEmpty() ? read : refuseEffects(fallback.effects());
            }
        });
    }

    private Optional<Rule> refuseEffects(List<Effect> effects) {
        findings.add(Diagnostic.of(
                        Code.RESERVED_WORD, effects.get(0).span(), "effects are not in this version of the language")
                .help("leave the braces out"));
        return Optional.empty();
    }

    private Optional<Rule> refuseWhen(Statement.When when) {
        findings.add(Diagnostic.of(Code.RESERVED_WORD, when.span(), "`when` is not in this version of the language")
                .help("write rules that begin with `allow` or `deny`"));
        return Optional.empty();
    }

    private Optional<Rule> refuseModifier(Name modifier) {
        findings.add(Diagnostic.of(
                        Code.RESERVED_WORD,
                        modifier.span(),
                        "`%s` is not in this version of the language".formatted(modifier.text()))
                .help("write the verdict alone"));
        return Optional.empty();
    }

    private Optional<Rule> decision(
            Statement statement, Verdict verdict, Optional<Name> letters, Optional<Guard> guard, List<Hook> hooks) {
        Optional<Name> modifier = verdict.word().filter(word -> MODIFIERS.contains(word.text()));
        if (modifier.isPresent()) {
            return refuseModifier(modifier.get());
        }
        Optional<Guard> access = letters.isPresent() ? access(letters.get()) : Optional.of(Guard.TRUE);
        Optional<org.ringwall.compiler.policy.Verdict> decided =
                verdict instanceof Verdict.Deny deny && letters.isEmpty()
                        ? deny(deny, hooks)
                        : Optional.of(
                                verdict instanceof Verdict.Allow
                                        ? org.ringwall.compiler.policy.Verdict.ALLOW
                                        : org.ringwall.compiler.policy.Verdict.DENY);
        if (guard.isEmpty() || access.isEmpty() || decided.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Rule(decided.get(), both(access.get(), guard.get()), statement.span()));
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
