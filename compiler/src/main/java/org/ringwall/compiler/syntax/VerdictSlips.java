// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.antlr.v4.runtime.Token;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.grammar.WallLexer;
import org.ringwall.grammar.WallParser;

/** A second word after a verdict, which takes only one: an access, an errno or a modifier. */
final class VerdictSlips {
    private static final Pattern ACCESS = Pattern.compile("[rwm]{1,3}");
    private static final Pattern ERRNO = Pattern.compile("E[A-Z0-9]+");
    private static final Map<String, String> CONDITIONS =
            Map.of("iff", "if", "when", "if", "where", "if", "provided", "if", "unless", "if not");
    private static final Map<Integer, String> BITS = Map.of((int) 'r', "read", (int) 'w', "write", (int) 'm', "mknod");

    private VerdictSlips() {}

    /** Returns the error if this token follows the verdict; empty if only `if` may be missing. */
    static Optional<Diagnostic> of(WallParser.VerdictContext verdict, Token token, Places places) {
        if (verdict.verdictWord() == null) {
            return verdict.DENY() != null && token.getType() == WallLexer.INT
                    ? Optional.of(number(token, places))
                    : Optional.empty();
        }
        Token first = verdict.verdictWord().getStart();
        String word = first.getText();
        String condition = word.equalsIgnoreCase("if") ? "if" : CONDITIONS.get(word);
        if (condition != null) {
            return Optional.of(unexpected(first, places, "expected `if`, found `%s`".formatted(word))
                    .help("write `%s` before the guard".formatted(condition)));
        }
        String second = token.getText();
        boolean errnoFirst = ERRNO.matcher(word).matches();
        boolean errnoSecond = ERRNO.matcher(second).matches();
        if (errnoFirst && errnoSecond) {
            return Optional.of(
                    unexpected(token, places, "a `deny` has one errno").help("remove `%s`".formatted(second)));
        }
        String access = errnoFirst ? second : word;
        return (errnoFirst || errnoSecond) && ACCESS.matcher(access).matches()
                ? Optional.of(unexpected(token, places, "a rule cannot have both an access and an errno")
                        .help("write `deny %s if %s`".formatted(errnoFirst ? word : second, condition(access))))
                : Optional.empty();
    }

    private static Diagnostic number(Token token, Places places) {
        return unexpected(token, places, "expected the name of an errno, found %s".formatted(Words.found(token)))
                .help("write its name, as in `deny EACCES`");
    }

    private static String condition(String access) {
        String bits = access.chars().distinct().mapToObj(BITS::get).collect(Collectors.joining(" or "));
        return access.length() > 1 ? "(" + bits + ")" : bits;
    }

    private static Diagnostic unexpected(Token at, Places places, String message) {
        return Diagnostic.of(Code.UNEXPECTED, places.of(at), message);
    }
}
