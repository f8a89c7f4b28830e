// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import org.antlr.v4.runtime.DefaultErrorStrategy;
import org.antlr.v4.runtime.InputMismatchException;
import org.antlr.v4.runtime.Parser;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.TokenStream;
import org.antlr.v4.runtime.misc.IntervalSet;
import org.ringwall.grammar.WallLexer;
import org.ringwall.grammar.WallParser;

/**
 * The parser's error strategy. It neither guesses nor inserts tokens, reports one error in the
 * compiler's own words, and skips the rest of the rule, effect, attempt or declaration.
 */
final class Recovery extends DefaultErrorStrategy {
    private final Places places;
    private final Findings findings;

    Recovery(Places places, Findings findings) {
        this.places = places;
        this.findings = findings;
    }

    @Override
    public Token recoverInline(Parser parser) {
        throw new InputMismatchException(parser);
    }

    @Override
    public void sync(Parser parser) {
        // Every loop of the grammar consumes what it can; anything else fails in the rule after it.
    }

    @Override
    public void reportError(Parser parser, RecognitionException e) {
        if (!isLine(parser.getContext())) {
            throw e;
        }
        Token token = e.getOffendingToken();
        Token before = previous(parser.getInputStream(), token);
        boolean putIn = token.getText().isEmpty() && token.getType() != WallLexer.NL;
        int from = places.of(before).start();
        if (putIn || findings.speakOf(from, places.of(token).end())) {
            if (findings.isEmpty()) {
                throw new IllegalStateException("a token was put in and nothing was said");
            }
            return;
        }
        SyntaxErrorExplainer stumble = new SyntaxErrorExplainer(
                parser.getContext(), (ParserRuleContext) e.getCtx(), token, before, expected(parser, e), places);
        findings.add(stumble.explain());
    }

    /** Whether errors within this form are reported and skipped here. */
    private static boolean isLine(ParserRuleContext form) {
        return form instanceof WallParser.ItemContext
                || form instanceof WallParser.StatementContext
                || form instanceof WallParser.EffectContext
                || form instanceof WallParser.TestCaseContext;
    }

    /**
     * Returns the tokens that would have been valid; empty if the decision needed more than one
     * token.
     */
    private static IntervalSet expected(Parser parser, RecognitionException e) {
        boolean first = parser.getCurrentToken() == e.getOffendingToken();
        return first && e.getExpectedTokens() != null ? e.getExpectedTokens() : new IntervalSet();
    }

    private static Token previous(TokenStream tokens, Token token) {
        return tokens.get(Math.max(0, token.getTokenIndex() - 1));
    }

    @Override
    public void recover(Parser parser, RecognitionException e) {
        TokenStream tokens = parser.getInputStream();
        if (SyntaxErrorExplainer.beginsAnother(
                parser.getContext(), (ParserRuleContext) e.getCtx(), e.getOffendingToken())) {
            return;
        }
        int depth = 0;
        for (int at = parser.getContext().getStart().getTokenIndex(); at < tokens.index(); at++) {
            depth += step(tokens.get(at).getType());
        }
        while (tokens.LA(1) != Token.EOF) {
            int type = tokens.LA(1);
            boolean ends = type == WallLexer.NL || type == WallLexer.SEMI;
            if (depth == 0 && (ends || type == WallLexer.RB)) {
                if (ends) {
                    parser.consume();
                }
                return;
            }
            // A `;` within brackets also ends a line; the closing brackets are then alone on the
            // next one.
            depth = Math.max(0, depth + step(type));
            parser.consume();
        }
    }

    private static int step(int type) {
        return switch (type) {
            case WallLexer.LB, WallLexer.LP, WallLexer.LS -> 1;
            case WallLexer.RB, WallLexer.RP, WallLexer.RS -> -1;
            default -> 0;
        };
    }
}
