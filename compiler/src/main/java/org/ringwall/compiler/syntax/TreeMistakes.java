package org.ringwall.compiler.syntax;

import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.grammar.WallLexer;
import org.ringwall.grammar.WallParser;
import org.ringwall.grammar.WallParserBaseVisitor;

/** Refuses the forms that the grammar takes only so that they can be named. */
final class TreeMistakes extends WallParserBaseVisitor<Optional<Diagnostic>> {
    private final Places places;
    private final Findings findings;

    private TreeMistakes(Places places, Findings findings) {
        this.places = places;
        this.findings = findings;
    }

    /** Reports every mistake below a tree; forms that broke while they were read are passed over. */
    static void report(Places places, Findings findings, WallParser.PolicyFileContext tree) {
        TreeMistakes mistakes = new TreeMistakes(places, findings);
        mistakes.visit(tree);
        mistakes.policyName(tree);
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
        if (items.get(0).getStart().getType() != WallLexer.POLICY) {
            missingName(places.of(items.get(0).getStart()));
        }
        items.stream()
                .skip(1)
                .filter(item -> item.getStart().getType() == WallLexer.POLICY)
                .forEach(item -> say(
                        Code.MISSING_POLICY_NAME,
                        places.of(item.getStart()),
                        "`policy` stands behind another declaration",
                        "a file holds one policy, and its name comes first"));
    }

    private void missingName(Span at) {
        say(
                Code.MISSING_POLICY_NAME,
                at,
                "the file does not begin with its policy's name",
                "write `policy NAME` first; the name is the policy's identity on every host");
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
                "%s does not begin %s %s".formatted(Words.found(first), kind.equals("attempt") ? "an" : "a", kind);
        return findings.isEmpty() ? say(Code.UNKNOWN_WORD, places.of(first), message, help) : Optional.empty();
    }

    @Override
    public Optional<Diagnostic> visitFallback(WallParser.FallbackContext ctx) {
        if (ctx.guard() != null) {
            return say(
                    Code.DEFAULT_WITH_GUARD,
                    places.of(ctx.guard()),
                    "`default` has a guard",
                    "leave out the guard, or leave out `default` to make it a rule");
        }
        WallParser.VerdictContext verdict = ctx.verdict();
        if (verdict != null && verdict.ALLOW() != null && verdict.ident() != null) {
            return say(
                    Code.DEFAULT_WITH_GUARD,
                    places.of(verdict.ident()),
                    "`default allow` has an access",
                    "write `default allow`, or `allow %s` without `default`"
                            .formatted(verdict.ident().getText()));
        }
        return Optional.empty();
    }

    @Override
    public Optional<Diagnostic> visitComparison(WallParser.ComparisonContext ctx) {
        return ctx.ASSIGN() == null
                ? Optional.empty()
                : say(Code.SINGLE_EQUALS, places.of(ctx), "`=` does not compare", "write `==`");
    }

    @Override
    public Optional<Diagnostic> visitReversed(WallParser.ReversedContext ctx) {
        if (ctx.comparison() == null || ctx.dotted() == null) {
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
                "%s stands to the left of `%s`".formatted(Words.found(ctx.getStart()), operator),
                "write `%s %s %s`"
                        .formatted(
                                ctx.dotted().getText(), turned, ctx.getStart().getText()));
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
                "a field is compared with a literal, a `param` or a `set`, not with another field");
    }

    @Override
    public Optional<Diagnostic> visitTestCase(WallParser.TestCaseContext ctx) {
        WallParser.VerdictContext expected = ctx.verdict();
        if (expected != null && expected.ALLOW() != null && expected.ident() != null) {
            say(
                    Code.BAD_PROBE,
                    places.of(expected.ident()),
                    "`%s` does not belong behind `=> allow`"
                            .formatted(expected.ident().getText()),
                    "write the access behind the device: `open \"/dev/null\" rw => allow`");
        }
        return super.visitTestCase(ctx);
    }

    @Override
    public Optional<Diagnostic> visitEndpoint(WallParser.EndpointContext ctx) {
        Span at = places.of(ctx);
        String text = at.text();
        if (ctx.dotted() != null || ctx.STRING() != null) {
            Span name = ctx.dotted() == null ? at : places.of(ctx.dotted());
            return say(HostNames.refused(name, name.text()));
        }
        if (ctx.IPV6() != null && ctx.LS() == null) {
            return say(
                    Code.MISSING_BRACKETS,
                    at,
                    "`%s` has no brackets around its address".formatted(text),
                    "write `[v6]:port`, as in `[::1]:80`");
        }
        if (ctx.integer() == null) {
            return say(Code.BAD_PROBE, at, "`%s` has no port".formatted(text), "write `%s:443`".formatted(text));
        }
        return Optional.empty();
    }
}
