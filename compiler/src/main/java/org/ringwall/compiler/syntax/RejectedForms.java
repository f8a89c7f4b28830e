// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.grammar.WallLexer;
import org.ringwall.grammar.WallParser;
import org.ringwall.grammar.WallParserBaseVisitor;

/** Rejects forms that the grammar only accepts to report them precisely. */
final class RejectedForms extends WallParserBaseVisitor<Optional<Diagnostic>> {
    private final Places places;
    private final Findings findings;

    private RejectedForms(Places places, Findings findings) {
        this.places = places;
        this.findings = findings;
    }

    /** Reports every such form below a tree; forms with syntax errors are skipped. */
    static void report(Places places, Findings findings, WallParser.PolicyFileContext tree) {
        RejectedForms mistakes = new RejectedForms(places, findings);
        mistakes.visit(tree);
        mistakes.policyName(tree);
    }

    /** Reports every such form, and items that an included file must not contain. */
    static void reportIncluded(Places places, Findings findings, WallParser.PolicyFileContext tree) {
        RejectedForms mistakes = new RejectedForms(places, findings);
        mistakes.visit(tree);
        tree.item().forEach(mistakes::notIncluded);
    }

    private void notIncluded(WallParser.ItemContext item) {
        boolean policyAlone = item.policyName() != null
                || item.requires() != null
                || item.answers() != null
                || item.ringSize() != null
                || item.intentBlock() != null
                || item.hookBlock() != null
                || item.test() != null;
        if (policyAlone) {
            say(
                    Code.NOT_INCLUDED,
                    places.of(item.getStart()),
                    "`%s` is not allowed in an included file"
                            .formatted(item.getStart().getText()),
                    "write it in the policy; an included file has only shared declarations such as `set` and `predicate`");
        }
    }

    @Override
    protected Optional<Diagnostic> defaultResult() {
        return Optional.empty();
    }

    private Optional<Diagnostic> say(Code code, Span at, String message, String help) {
        return say(Diagnostic.of(code, at, message).help(help));
    }

    private Optional<Diagnostic> say(Diagnostic diagnostic) {
        if (!findings.speakOf(diagnostic.at())) {
            findings.add(diagnostic);
        }
        return Optional.of(diagnostic);
    }

    private void policyName(WallParser.PolicyFileContext tree) {
        List<WallParser.ItemContext> items = tree.item();
        if (items.isEmpty()) {
            Token first = tree.getStart();
            if (findings.isEmpty()) {
                missingName(places.of(
                        tree.EOF().getSymbol() == first ? first : tree.EOF().getSymbol()));
            }
            return;
        }
        if (!namesThePolicy(items.get(0))) {
            missingName(places.of(items.get(0).getStart()));
        }
        items.stream()
                .skip(1)
                .filter(RejectedForms::namesThePolicy)
                .forEach(item -> say(
                        Code.MISSING_POLICY_NAME,
                        places.of(item.getStart()),
                        "`policy` is not the first declaration",
                        "write `policy NAME` once, as the first declaration"));
    }

    private static boolean namesThePolicy(WallParser.ItemContext item) {
        return item.policyName() != null || item.getStart().getType() == WallLexer.POLICY;
    }

    private void missingName(Span at) {
        say(
                Code.MISSING_POLICY_NAME,
                at,
                "the file does not start with `policy NAME`",
                "write `policy NAME` first; the name identifies the policy on every host");
    }

    @Override
    public Optional<Diagnostic> visitMistakenItem(WallParser.MistakenItemContext ctx) {
        return mistaken(ctx, "declaration", Words.ITEM_HELP);
    }

    @Override
    public Optional<Diagnostic> visitMistakenStatement(WallParser.MistakenStatementContext ctx) {
        return mistaken(ctx, "rule", Words.RULE_HELP);
    }

    @Override
    public Optional<Diagnostic> visitMistakenCase(WallParser.MistakenCaseContext ctx) {
        return mistaken(ctx, "attempt", Words.ATTEMPT_HELP);
    }

    private Optional<Diagnostic> mistaken(ParserRuleContext ctx, String kind, String help) {
        Token first = ctx.getStart();
        String message =
                "%s does not start %s %s".formatted(Words.found(first), kind.equals("attempt") ? "an" : "a", kind);
        return findings.isEmpty() ? say(Code.UNKNOWN_WORD, places.of(first), message, help) : Optional.empty();
    }

    @Override
    public Optional<Diagnostic> visitStatement(WallParser.StatementContext ctx) {
        if (ctx.fallback() != null && ctx.MONITOR() != null) {
            say(
                    Code.DEFAULT_WITH_GUARD,
                    places.of(ctx.MONITOR().getSymbol()),
                    "`default` cannot be monitored",
                    "remove `monitor`, or write it before the block to monitor all of it");
        }
        return super.visitStatement(ctx);
    }

    @Override
    public Optional<Diagnostic> visitFallback(WallParser.FallbackContext ctx) {
        if (ctx.within() != null && !isBroken(ctx.within())) {
            say(
                    Code.DEFAULT_WITH_GUARD,
                    places.of(ctx.within()),
                    "`default` has a rate",
                    "write a rule with the rate before it: `allow within RATE`");
        }
        if (ctx.guard() != null) {
            return say(
                    Code.DEFAULT_WITH_GUARD,
                    places.of(ctx.guard()),
                    "`default` has a guard",
                    "remove the guard, or remove `default` to make this a rule");
        }
        WallParser.VerdictContext verdict = ctx.verdict();
        if (verdict != null && hasAccess(verdict)) {
            return say(
                    Code.DEFAULT_WITH_GUARD,
                    places.of(verdict.verdictWord()),
                    "`default` has an access",
                    "write `default allow`, or `allow %s` without `default`"
                            .formatted(verdict.verdictWord().getText()));
        }
        return super.visitFallback(ctx);
    }

    /** Whether an `allow` is followed by the letters of an access. */
    private static boolean hasAccess(WallParser.VerdictContext verdict) {
        return verdict.ALLOW() != null
                && verdict.verdictWord() != null
                && verdict.verdictWord().getText().matches("[rwm]+");
    }

    @Override
    public Optional<Diagnostic> visitWhenRule(WallParser.WhenRuleContext ctx) {
        if (isBroken(ctx) || isBroken(ctx.getParent())) {
            return super.visitWhenRule(ctx);
        }
        if (ctx.or() == null) {
            say(
                    Code.WHEN_WITHOUT_GUARD,
                    places.of(ctx.getStart()),
                    "`when` has no guard",
                    "write the condition for the effects: `when GUARD { … }`");
        } else if (ctx.effects() == null) {
            say(
                    Code.WHEN_WITHOUT_EFFECTS,
                    places.of(ctx),
                    "`when` has no effects",
                    "write effects in braces after the guard, or write `allow` or `deny` instead of `when`");
        }
        return super.visitWhenRule(ctx);
    }

    private static boolean isBroken(ParserRuleContext form) {
        return form.exception != null;
    }

    /** An empty list of expected effects is valid in a test. */
    @Override
    public Optional<Diagnostic> visitEffects(WallParser.EffectsContext ctx) {
        if (ctx.effect().isEmpty() && !isBroken(ctx) && !(ctx.getParent() instanceof WallParser.TestCaseContext)) {
            say(
                    Code.NO_EFFECTS,
                    places.of(ctx),
                    "there is no effect in the braces",
                    "remove the braces, or write an effect: `{ assign FIELD = VALUE }`");
        }
        return super.visitEffects(ctx);
    }

    @Override
    public Optional<Diagnostic> visitWithin(WallParser.WithinContext ctx) {
        WallParser.VerdictContext otherwise = ctx.verdict();
        if (otherwise != null && otherwise.destination() != null) {
            return say(
                    Code.UNEXPECTED,
                    places.of(otherwise),
                    "`redirect` cannot follow `else`",
                    "write `else allow` or `else deny`, or write the `redirect` as a separate rule after this one");
        }
        return super.visitWithin(ctx);
    }

    @Override
    public Optional<Diagnostic> visitDestination(WallParser.DestinationContext ctx) {
        if (isBroken(ctx)) {
            return super.visitDestination(ctx);
        }
        Span at = places.of(ctx);
        if (ctx.IPV6() != null && ctx.LS() == null) {
            return say(
                    Code.MISSING_BRACKETS,
                    at,
                    "the IPv6 address in `%s` has no brackets".formatted(at.text()),
                    "write `[ADDRESS]:PORT`, as in `[::1]:3128`");
        }
        if (ctx.dotted() != null && (ctx.dotted().ident().size() > 1 || ctx.COLON() != null)) {
            Span name = places.of(ctx.dotted());
            return say(HostNames.refused(name, name.text()));
        }
        if (ctx.dotted() == null && ctx.COLON() == null) {
            return say(
                    Code.UNEXPECTED,
                    at,
                    "`%s` has no port".formatted(at.text()),
                    "write `%s:3128`, or assign the address alone: `{ assign remote.ip = … }`".formatted(at.text()));
        }
        return super.visitDestination(ctx);
    }

    /** Checks the content after `with`: destinations belong to tables, whose entries have a key. */
    @Override
    public Optional<Diagnostic> visitBinding(WallParser.BindingContext ctx) {
        if (isBroken(ctx) || ctx.content() == null || isBroken(ctx.content())) {
            return super.visitBinding(ctx);
        }
        for (WallParser.MemberContext member : ctx.content().member()) {
            if (isBroken(member) || (member.place() != null) == (ctx.LS() != null)) {
                continue;
            }
            return ctx.LS() != null
                    ? say(
                            Code.BAD_PROBE,
                            places.of(member),
                            "`%s` is not a destination"
                                    .formatted(places.of(member).text()),
                            "write an address and a port: `with %s[…] = 10.0.0.5:8080`"
                                    .formatted(ctx.ident().getText()))
                    : say(
                            Code.BAD_PROBE,
                            places.of(member),
                            "the destination `%s` has no key"
                                    .formatted(places.of(member).text()),
                            "write the key of the table's entry: `with %s[…] = %s`"
                                    .formatted(
                                            ctx.ident().getText(),
                                            places.of(member).text()));
        }
        return super.visitBinding(ctx);
    }

    @Override
    public Optional<Diagnostic> visitMistakenEffect(WallParser.MistakenEffectContext ctx) {
        Token first = ctx.getStart();
        String word = first.getText();
        Span at = places.of(first);
        if (Words.RESERVED.containsKey(word)) {
            return say(Words.reserved(at, word));
        }
        if (Words.RULES.containsKey(word) || Words.FOREIGN_VERBS.containsKey(word)) {
            return say(
                    Code.VERDICT_IN_EFFECTS,
                    at,
                    "`%s` is not an effect".formatted(word),
                    "write the verdict before the guard and its effects: `deny if GUARD { … }`");
        }
        Optional<String> meant = DidYouMean.help(word, Words.EFFECTS.keySet());
        return say(
                Code.UNKNOWN_WORD,
                at,
                "%s does not start an effect".formatted(Words.found(first)),
                meant.orElse(Words.EFFECT_HELP));
    }

    @Override
    public Optional<Diagnostic> visitAssignment(WallParser.AssignmentContext ctx) {
        if (ctx.EQ() != null) {
            say(Code.DOUBLE_EQUALS, places.of(ctx.EQ().getSymbol()), "`==` does not assign", "write `=`");
        }
        return super.visitAssignment(ctx);
    }

    @Override
    public Optional<Diagnostic> visitComparison(WallParser.ComparisonContext ctx) {
        return ctx.IS() == null
                ? Optional.empty()
                : say(Code.SINGLE_EQUALS, places.of(ctx), "`=` does not compare", "write `==`");
    }

    @Override
    public Optional<Diagnostic> visitReversed(WallParser.ReversedContext ctx) {
        if (ctx.comparison() == null || ctx.fieldRef() == null) {
            Span at = places.of(ctx.getStart());
            return say(
                    Code.UNEXPECTED,
                    at,
                    "%s is not a condition".formatted(Words.found(ctx.getStart())),
                    "compare a field with it: `remote.port == 80`");
        }
        String operator = ctx.comparison().getText();
        String turned = switch (operator.charAt(0)) {
            case '<' -> operator.replace('<', '>');
            case '>' -> operator.replace('>', '<');
            case '!' -> "!=";
            default -> "==";
        };
        return say(
                Code.UNEXPECTED,
                places.of(ctx.getStart()),
                "%s is on the left side of `%s`".formatted(Words.found(ctx.getStart()), operator),
                ctx.fieldRef().dotted() == null
                                || ctx.fieldRef().dotted().getText().isBlank()
                        ? "compare a field with it: `remote.port == 80`"
                        : "write `%s %s %s`"
                                .formatted(
                                        ctx.fieldRef().getText(),
                                        turned,
                                        ctx.getStart().getText()));
    }

    @Override
    public Optional<Diagnostic> visitScalar(WallParser.ScalarContext ctx) {
        WallParser.DottedContext dotted = ctx.dotted();
        if (dotted == null || dotted.ident().size() < 2) {
            return Optional.empty();
        }
        String name = dotted.getText();
        if (!Words.FIELD_ROOTS.contains(dotted.ident(0).getText())) {
            return say(HostNames.refused(places.of(dotted), name));
        }
        return say(
                Code.NOT_A_CONSTANT,
                places.of(dotted),
                "`%s` is not a constant".formatted(name),
                inEffect(ctx)
                        ? "write a literal or a `param`; an effect cannot copy a field"
                        : "write a literal, a `param` or a `set`; a field cannot be compared with another field");
    }

    private static boolean inEffect(ParserRuleContext form) {
        for (ParserRuleContext up = form; up != null; up = up.getParent()) {
            if (up instanceof WallParser.EffectContext) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Optional<Diagnostic> visitTestCase(WallParser.TestCaseContext ctx) {
        WallParser.VerdictContext expected = ctx.verdict();
        if (expected != null && hasAccess(expected)) {
            say(
                    Code.BAD_PROBE,
                    places.of(expected.verdictWord()),
                    "`%s` cannot follow `=> allow`"
                            .formatted(expected.verdictWord().getText()),
                    "write the access after the device: `open \"/dev/null\" rw => allow`");
        }
        return super.visitTestCase(ctx);
    }

    @Override
    public Optional<Diagnostic> visitAttempt(WallParser.AttemptContext ctx) {
        if (ctx.READ() != null && ctx.argument() != null) {
            return say(
                    Code.BAD_PROBE,
                    places.of(ctx.argument()),
                    "`read` takes no value",
                    "write `write %s = %s`"
                            .formatted(ctx.STRING().getText(), ctx.argument().getText()));
        }
        return super.visitAttempt(ctx);
    }

    @Override
    public Optional<Diagnostic> visitOption(WallParser.OptionContext ctx) {
        String word = ctx.word().getText();
        boolean end = word.equals("to") || word.equals("from");
        return end && ctx.argument() != null
                ? say(
                        Code.BAD_PROBE,
                        places.of(ctx.word()),
                        "an attempt has no `%s`".formatted(word),
                        "write the remote end first, and `local` before the local end")
                : super.visitOption(ctx);
    }

    private static boolean isUnix(WallParser.AttemptContext attempt) {
        return attempt.EVENT() == null
                && attempt.PACKET() == null
                && !attempt.ident().isEmpty()
                && attempt.ident(0).getText().equals("unix");
    }

    @Override
    public Optional<Diagnostic> visitEndpoint(WallParser.EndpointContext ctx) {
        Span at = places.of(ctx);
        String text = at.text();
        ParserRuleContext around = ctx.getParent();
        WallParser.AttemptContext attempt = (WallParser.AttemptContext)
                (around instanceof WallParser.LocalEndContext ? around.getParent() : around);
        boolean needsPort = attempt.PACKET() == null;
        if (isUnix(attempt)) {
            return ctx.STRING() != null
                    ? Optional.empty()
                    : say(
                            Code.BAD_PROBE,
                            at,
                            "`%s` is not the address of a Unix socket".formatted(text),
                            "write its path in quotes, as in `\"/run/app.sock\"`, or `\"@name\"` for an abstract one");
        }
        if (ctx.dotted() != null || ctx.STRING() != null) {
            Span name = ctx.dotted() == null ? at : places.of(ctx.dotted());
            return say(HostNames.refused(name, name.text()));
        }
        if (ctx.IPV6() != null && ctx.LS() == null) {
            return say(
                    Code.MISSING_BRACKETS,
                    at,
                    "the IPv6 address in `%s` has no brackets".formatted(text),
                    needsPort ? "write `[ADDRESS]:PORT`, as in `[::1]:80`" : "write `[%s]`".formatted(text));
        }
        if (ctx.integer() == null && needsPort) {
            return say(Code.BAD_PROBE, at, "`%s` has no port".formatted(text), "write `%s:443`".formatted(text));
        }
        return Optional.empty();
    }
}
