// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.Optional;
import org.antlr.v4.runtime.Token;
import org.ringwall.grammar.WallLexer;

/** Suggestions for parts of a guard that are written as in other languages. */
final class GuardSlips {
    private GuardSlips() {}

    /**
     * Returns help for this token after `before`; `ends` says whether the rule could end between
     * them.
     */
    static Optional<String> help(Token before, Token token, boolean ends) {
        return Optional.ofNullable(
                switch (token.getType()) {
                    case WallLexer.LS -> isComparison(before) ? "write the address without brackets" : null;
                    case WallLexer.STAR ->
                        before.getType() == WallLexer.IN || isComparison(before)
                                ? "remove the condition if you mean every value"
                                : null;
                    case WallLexer.LT, WallLexer.LE, WallLexer.GT, WallLexer.GE, WallLexer.EQ, WallLexer.NE ->
                        ends
                                ? "a comparison has two sides: join two comparisons with `and`, or write a range:"
                                        + " `remote.port in 1024..2047`"
                                : null;
                    case WallLexer.DOT -> behindADot(before);
                    case WallLexer.COLON ->
                        isAddress(before) && ends
                                ? "compare the port by itself: `remote.ip == %s and remote.port == 443`"
                                        .formatted(before.getText())
                                : null;
                    case WallLexer.ELSE ->
                        ends ? "write `else` only after a rate: `allow if GUARD within RATE else deny`" : null;
                    default ->
                        ends && token.getText().equals("then")
                                ? "write the verdict first and the effects in braces last: `allow if GUARD { log }`"
                                : null;
                });
    }

    private static @org.jspecify.annotations.Nullable String behindADot(Token before) {
        if (before.getType() == WallLexer.DOTDOT) {
            return "write a range with two dots: `80..90`";
        }
        boolean mask = isAddress(before) && before.getText().contains("/");
        return mask ? "write a prefix length instead of a mask: `10.0.0.0/8`" : null;
    }

    private static boolean isAddress(Token token) {
        return token.getType() == WallLexer.DOTTED || token.getType() == WallLexer.IPV6;
    }

    private static boolean isComparison(Token token) {
        return token.getType() == WallLexer.EQ || token.getType() == WallLexer.NE;
    }
}
