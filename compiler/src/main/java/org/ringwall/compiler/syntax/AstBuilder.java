// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.jspecify.annotations.Nullable;
import org.ringwall.compiler.ast.DeviceNumber;
import org.ringwall.compiler.ast.Effect;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.Expr;
import org.ringwall.compiler.ast.FieldRef;
import org.ringwall.compiler.ast.Intent;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.Pace;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.ast.Statement;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.ast.Verdict;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.QuotedText;
import org.ringwall.grammar.WallLexer;
import org.ringwall.grammar.WallParser;

/**
 * A builder of the syntax tree from the parse tree. INVARIANT: no error was found, so every form is
 * complete; PolicyParser ensures it.
 */
final class AstBuilder {
    private final Places places;

    AstBuilder(Places places) {
        this.places = places;
    }

    PolicyFile policy(WallParser.PolicyFileContext ctx) {
        List<Item> items = new ArrayList<>();
        for (WallParser.ItemContext item : ctx.item().subList(1, ctx.item().size())) {
            items.add(item(item));
        }
        WallParser.PolicyNameContext head = ctx.item(0).policyName();
        return new PolicyFile(
                head.MONITOR() != null,
                name(head.ident()),
                items,
                places.file().span(0, places.file().text().length()));
    }

    /** Returns the items of a file without a policy name. */
    List<Item> declarations(WallParser.PolicyFileContext ctx) {
        return ctx.item().stream().map(this::item).toList();
    }

    private Item item(WallParser.ItemContext ctx) {
        if (ctx.requires() != null) {
            WallParser.VersionContext version = ctx.requires().version();
            Value.Literal.Form form = version.INT() == null ? Value.Literal.Form.DOTTED : Value.Literal.Form.INTEGER;
            return new Item.Requires(literal(form, version.getStart()), places.of(ctx.requires()));
        }
        if (ctx.answers() != null) {
            return new Item.Answer(name(ctx.answers().ident()), places.of(ctx.answers()));
        }
        if (ctx.setDeclaration() != null) {
            WallParser.SetDeclarationContext set = ctx.setDeclaration();
            return new Item.SetDeclaration(name(set.ident()), set(set.setExpr()), places.of(set));
        }
        if (ctx.predicateDeclaration() != null) {
            WallParser.PredicateDeclarationContext predicate = ctx.predicateDeclaration();
            return new Item.Predicate(name(predicate.ident()), or(predicate.or()), places.of(predicate));
        }
        if (ctx.inclusion() != null) {
            return new Item.Include(text(ctx.inclusion().STRING().getSymbol()), places.of(ctx.inclusion()));
        }
        if (ctx.param() != null) {
            WallParser.ParamContext param = ctx.param();
            return new Item.Param(
                    name(param.ident(0)),
                    name(param.ident(1)),
                    scalar(param.scalar(0)),
                    scalar(param.scalar(1)),
                    scalar(param.scalar(2)),
                    places.of(param));
        }
        if (ctx.ringSize() != null) {
            return ringSize(ctx.ringSize());
        }
        if (ctx.liveSet() != null || ctx.table() != null || ctx.counter() != null || ctx.rate() != null) {
            return new StateBuilder(places, this).item(ctx);
        }
        if (ctx.intentBlock() != null) {
            WallParser.IntentBlockContext block = ctx.intentBlock();
            ParserRuleContext head = block.ident() == null ? block.intent() : block.ident();
            return new Item.IntentBlock(
                    block.MONITOR() != null,
                    intent(block.intent()),
                    maybeName(block.ident()),
                    places.between(block.getStart(), head.getStop()),
                    statements(block.block()),
                    places.of(block));
        }
        if (ctx.hookBlock() != null) {
            WallParser.HookBlockContext block = ctx.hookBlock();
            return new Item.HookBlock(
                    block.MONITOR() != null,
                    name(block.ident()),
                    places.between(block.getStart(), block.ident().getStop()),
                    statements(block.block()),
                    places.of(block));
        }
        WallParser.TestContext test = ctx.test();
        List<TestCase> cases = test.testCase().stream().map(this::testCase).toList();
        return new Item.Test(text(test.sentence().getStart()), cases, places.of(test));
    }

    private Item ringSize(WallParser.RingSizeContext ctx) {
        return new Item.RingSize(literal(Value.Literal.Form.INTEGER, ctx.getStop()), places.of(ctx));
    }

    private static Intent intent(WallParser.IntentContext ctx) {
        return switch (ctx.getStart().getType()) {
            case WallLexer.EGRESS -> Intent.EGRESS;
            case WallLexer.BIND -> Intent.BIND;
            case WallLexer.SOCKETS -> Intent.SOCKETS;
            case WallLexer.DEVICES -> Intent.DEVICES;
            case WallLexer.SYSCTL -> Intent.SYSCTL;
            case WallLexer.SOCKOPT -> Intent.SOCKOPT;
            case WallLexer.PACKETS -> ctx.INGRESS() != null ? Intent.PACKETS_INGRESS : Intent.PACKETS_EGRESS;
            default -> throw broken(ctx);
        };
    }

    private List<Statement> statements(WallParser.BlockContext ctx) {
        return ctx.statement().stream().map(this::statement).toList();
    }

    private Statement statement(WallParser.StatementContext ctx) {
        if (ctx.fallback() != null) {
            WallParser.FallbackContext fallback = ctx.fallback();
            return new Statement.Default(verdict(fallback.verdict()), effects(fallback.effects()), places.of(fallback));
        }
        if (ctx.whenRule() != null) {
            WallParser.WhenRuleContext when = ctx.whenRule();
            return new Statement.When(or(when.or()), effects(when.effects()), places.of(when));
        }
        Optional<Expr> guard = Optional.ofNullable(ctx.guard()).map(found -> or(found.or()));
        Span span = places.between(ctx.getStart(), lastWord(ctx).getStop());
        return new Statement.Rule(
                ctx.MONITOR() != null,
                verdict(ctx.verdict()),
                guard,
                Optional.ofNullable(ctx.within()).map(this::within),
                effects(ctx.effects()),
                span);
    }

    private Statement.Within within(WallParser.WithinContext ctx) {
        Optional<Verdict> otherwise = Optional.ofNullable(ctx.verdict()).map(this::verdict);
        return new Statement.Within(name(ctx.ident()), otherwise, places.of(ctx));
    }

    private static ParserRuleContext lastWord(WallParser.StatementContext rule) {
        if (rule.effects() != null) {
            return rule.effects();
        }
        if (rule.within() != null) {
            return rule.within();
        }
        return rule.guard() == null ? rule.verdict() : rule.guard();
    }

    /** Returns no effects if there are no braces. */
    private List<Effect> effects(WallParser.@Nullable EffectsContext ctx) {
        return ctx == null ? List.of() : ctx.effect().stream().map(this::effect).toList();
    }

    private Effect effect(WallParser.EffectContext ctx) {
        if (ctx.assignment() != null) {
            WallParser.AssignmentContext assignment = ctx.assignment();
            return new Effect.Assign(field(assignment.fieldRef()), value(assignment.value()), places.of(assignment));
        }
        if (ctx.log() != null) {
            return log(ctx.log());
        } else if (ctx.because() != null) {
            return new Effect.Because(reason(ctx.because()), places.of(ctx.because()));
        } else if (ctx.count() != null) {
            return new Effect.Count(name(ctx.count().ident()), places.of(ctx.count()));
        } else if (ctx.answered() != null) {
            WallParser.AnsweredContext answered = ctx.answered();
            return new Effect.Answered(new StateBuilder(places, this).place(answered.place()), places.of(answered));
        }
        if (ctx.setOption() != null) {
            WallParser.SetOptionContext set = ctx.setOption();
            return new Effect.SetOption(name(set.ident()), value(set.value()), places.of(set));
        }
        return new Effect.Reply(value(ctx.reply().value()), places.of(ctx.reply()));
    }

    private Effect.Log log(WallParser.LogContext ctx) {
        return new Effect.Log(
                Optional.ofNullable(ctx.PACE()).map(pace -> new Pace(pace.getText(), places.of(pace.getSymbol()))),
                Optional.ofNullable(ctx.because()).map(this::reason),
                places.of(ctx));
    }

    private Value.Text reason(WallParser.BecauseContext ctx) {
        return text(ctx.STRING().getSymbol());
    }

    FieldRef field(WallParser.FieldRefContext ctx) {
        Optional<Value.Literal> index = Optional.ofNullable(ctx.integer()).map(this::integer);
        return new FieldRef(dotted(ctx.dotted()), index, places.of(ctx));
    }

    private Verdict verdict(WallParser.VerdictContext ctx) {
        if (ctx.destination() != null) {
            Verdict.Destination to = new StateBuilder(places, this).destination(ctx.destination());
            return new Verdict.Redirect(to, places.of(ctx));
        }
        Optional<Name> word =
                Optional.ofNullable(ctx.verdictWord()).map(written -> new Name(written.getText(), places.of(written)));
        return ctx.ALLOW() != null ? new Verdict.Allow(word, places.of(ctx)) : new Verdict.Deny(word, places.of(ctx));
    }

    private Expr or(WallParser.OrContext ctx) {
        if (ctx.and().size() == 1) {
            return and(ctx.and(0));
        }
        return new Expr.Or(ctx.and().stream().map(this::and).toList(), places.of(ctx));
    }

    private Expr and(WallParser.AndContext ctx) {
        if (ctx.unary().size() == 1) {
            return unary(ctx.unary(0));
        }
        return new Expr.And(ctx.unary().stream().map(this::unary).toList(), places.of(ctx));
    }

    private Expr unary(WallParser.UnaryContext ctx) {
        WallParser.PrimaryContext primary = ctx.primary();
        Expr inner = primary.or() != null ? or(primary.or()) : atom(primary.atom());
        for (int at = ctx.NOT().size() - 1; at >= 0; at--) {
            Span span = places.between(ctx.NOT(at).getSymbol(), ctx.getStop());
            inner = new Expr.Not(inner, span);
        }
        return inner;
    }

    private Expr atom(WallParser.AtomContext ctx) {
        FieldRef field = field(ctx.fieldRef());
        if (ctx.comparison() != null) {
            return new Expr.Compare(field, comparison(ctx.comparison()), value(ctx.value()), places.of(ctx));
        }
        if (ctx.match() != null) {
            return new Expr.Match(field, kind(ctx.match()), ctx.NOT() != null, set(ctx.setExpr()), places.of(ctx));
        }
        if (ctx.setExpr() != null) {
            return new Expr.Member(field, ctx.NOT() != null, set(ctx.setExpr()), places.of(ctx));
        }
        return new Expr.Flag(field, places.of(ctx));
    }

    private static Expr.Match.Kind kind(WallParser.MatchContext ctx) {
        return switch (ctx.getStart().getType()) {
            case WallLexer.PREFIX -> Expr.Match.Kind.PREFIX;
            case WallLexer.SUFFIX -> Expr.Match.Kind.SUFFIX;
            case WallLexer.GLOB -> Expr.Match.Kind.GLOB;
            default -> throw broken(ctx);
        };
    }

    private static Comparison comparison(WallParser.ComparisonContext ctx) {
        return switch (ctx.getStart().getType()) {
            case WallLexer.EQ -> Comparison.EQ;
            case WallLexer.NE -> Comparison.NE;
            case WallLexer.LT -> Comparison.LT;
            case WallLexer.LE -> Comparison.LE;
            case WallLexer.GT -> Comparison.GT;
            case WallLexer.GE -> Comparison.GE;
            default -> throw broken(ctx);
        };
    }

    SetExpr set(WallParser.SetExprContext ctx) {
        List<SetExpr.Group> groups = ctx.setTerm().stream().map(this::group).toList();
        return new SetExpr(groups.get(0), groups.subList(1, groups.size()), places.of(ctx));
    }

    private SetExpr.Group group(WallParser.SetTermContext ctx) {
        return new SetExpr.Group(ctx.element().stream().map(this::element).toList(), places.of(ctx));
    }

    Element element(WallParser.ElementContext ctx) {
        if (ctx.listFile() != null) {
            return list(ctx.listFile());
        }
        if (ctx.device() != null) {
            return new Element.Single(device(ctx.device()), places.of(ctx));
        }
        if (ctx.numberedOption() != null) {
            return new Element.Single(option(ctx.numberedOption()), places.of(ctx));
        }
        return ctx.DOTDOT() == null
                ? new Element.Single(scalar(ctx.scalar(0)), places.of(ctx))
                : new Element.Range(scalar(ctx.scalar(0)), scalar(ctx.scalar(1)), places.of(ctx));
    }

    Element list(WallParser.ListFileContext ctx) {
        return new Element.Listed(text(ctx.STRING().getSymbol()), places.of(ctx));
    }

    Value value(WallParser.ValueContext ctx) {
        if (ctx.numberedOption() != null) {
            return option(ctx.numberedOption());
        }
        return ctx.device() != null ? device(ctx.device()) : scalar(ctx.scalar());
    }

    private Value.Option option(WallParser.NumberedOptionContext ctx) {
        Value level = ctx.ident() == null
                ? integer(ctx.integer(0))
                : new Value.Reference(ctx.ident().getText(), places.of(ctx.ident()));
        return new Value.Option(level, integer(ctx.integer(ctx.integer().size() - 1)), places.of(ctx));
    }

    Value scalar(WallParser.ScalarContext ctx) {
        if (ctx.literal() != null) {
            return literal(ctx.literal());
        }
        return ctx.STRING() != null
                ? text(ctx.STRING().getSymbol())
                : new Value.Reference(dotted(ctx.dotted()), places.of(ctx));
    }

    private Value.Literal literal(WallParser.LiteralContext ctx) {
        Value.Literal.Form form = switch (ctx.getStart().getType()) {
            case WallLexer.INT, WallLexer.HEX -> Value.Literal.Form.INTEGER;
            case WallLexer.DOTTED -> Value.Literal.Form.DOTTED;
            case WallLexer.IPV6 -> Value.Literal.Form.IPV6;
            default -> throw broken(ctx);
        };
        return literal(form, ctx.getStart());
    }

    Value.Literal literal(Value.Literal.Form form, Token token) {
        return new Value.Literal(form, token.getText(), places.of(token));
    }

    Value.Literal integer(WallParser.IntegerContext ctx) {
        return literal(Value.Literal.Form.INTEGER, ctx.getStart());
    }

    Value.Text text(Token token) {
        String quoted = token.getText();
        String value = QuotedText.read(quoted.substring(1, quoted.length() - 1)).text();
        return new Value.Text(value, places.of(token));
    }

    Value.Device device(WallParser.DeviceContext ctx) {
        Value.Device.Type type = ctx.CHAR() != null ? Value.Device.Type.CHAR : Value.Device.Type.BLOCK;
        return new Value.Device(
                type, deviceNumber(ctx.deviceNumber(0)), deviceNumber(ctx.deviceNumber(1)), places.of(ctx));
    }

    private DeviceNumber deviceNumber(WallParser.DeviceNumberContext ctx) {
        Span span = places.of(ctx);
        if (ctx.STAR() != null) {
            return new DeviceNumber.Any(span);
        }
        Value.Literal low = integer(ctx.integer(0));
        return ctx.DOTDOT() == null
                ? new DeviceNumber.Exactly(low, span)
                : new DeviceNumber.Between(low, integer(ctx.integer(1)), span);
    }

    private TestCase testCase(WallParser.TestCaseContext ctx) {
        StateBuilder state = new StateBuilder(places, this);
        List<TestCase.Binding> bindings = ctx.bindings() == null
                ? List.of()
                : ctx.bindings().binding().stream().map(state::binding).toList();
        List<TestCase.Attribute> identity = ctx.identity() == null
                ? List.of()
                : ctx.identity().attribute().stream().map(this::attribute).toList();
        ParserRuleContext last = ctx.because() == null ? ctx.verdict() : ctx.because();
        last = ctx.effects() == null ? last : ctx.effects();
        return new TestCase(
                Optional.ofNullable(ctx.after()).map(state::duration),
                new ProbeBuilder(places, this).probe(ctx.attempt()),
                bindings,
                identity,
                verdict(ctx.verdict()),
                Optional.ofNullable(ctx.because()).map(this::reason),
                Optional.ofNullable(ctx.effects()).map(this::effects),
                places.between(ctx.getStart(), last.getStop()));
    }

    private TestCase.Attribute attribute(WallParser.AttributeContext ctx) {
        return new TestCase.Attribute(
                name(ctx.ident()),
                Optional.ofNullable(ctx.integer()).map(this::integer),
                argument(ctx.argument()),
                places.of(ctx));
    }

    Value argument(WallParser.ArgumentContext ctx) {
        return ctx.literal() != null
                ? literal(ctx.literal())
                : text(ctx.STRING().getSymbol());
    }

    Name name(WallParser.IdentContext ctx) {
        return new Name(ctx.getText(), places.of(ctx));
    }

    private Optional<Name> maybeName(WallParser.@Nullable IdentContext ctx) {
        return Optional.ofNullable(ctx).map(this::name);
    }

    private static String dotted(WallParser.DottedContext ctx) {
        return String.join(
                ".", ctx.ident().stream().map(WallParser.IdentContext::getText).toList());
    }

    static IllegalStateException broken(ParserRuleContext ctx) {
        return new IllegalStateException("a form that was refused came through: " + ctx.getText());
    }
}
