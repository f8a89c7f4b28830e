// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonToken;
import org.antlr.v4.runtime.Token;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.value.QuotedText;
import org.ringwall.grammar.WallLexer;

/**
 * A reader of tokens that reports errors within single tokens. An erroneous token is replaced by
 * the intended one or removed, so that the parser does not report it again.
 */
final class TokenReader {
    /**
     * Tokens before the name of a declaration, in which a dash is part of a name and not of a
     * value.
     */
    private static final Set<Integer> BEFORE_NAMES = Set.of(
            WallLexer.POLICY,
            WallLexer.SET,
            WallLexer.PARAM,
            WallLexer.PREDICATE,
            WallLexer.TABLE,
            WallLexer.COUNTER,
            WallLexer.RATE,
            WallLexer.ON,
            WallLexer.EGRESS,
            WallLexer.BIND,
            WallLexer.SOCKETS,
            WallLexer.DEVICES,
            WallLexer.SYSCTL,
            WallLexer.PACKETS,
            WallLexer.INGRESS,
            WallLexer.SOCKOPT);

    /** Brackets, or the arrow of a test and everything after it. */
    private static final String TAIL = "(?:\\s++=>.*+|\\s*+[{})\\]]++\\s*+)$";

    private static final int LONGEST_TAIL = 200;
    private static final int UNSEEN = -2;

    private final Places places;
    private final Findings findings;
    private final WallLexer lexer;
    private final List<CommonToken> tokens = new ArrayList<>();
    private int lastBad = UNSEEN;

    TokenReader(Places places, Findings findings) {
        this.places = places;
        this.findings = findings;
        this.lexer = new WallLexer(CharStreams.fromString(places.file().text()));
    }

    /** Returns all tokens except spaces and comments; the last one is the end of the file. */
    List<CommonToken> read() {
        lexer.removeErrorListeners();
        while (true) {
            CommonToken token = (CommonToken) lexer.nextToken();
            if (token.getType() == WallLexer.COMMENT || token.getType() == WallLexer.STRING) {
                deceptive(token);
            }
            if (token.getChannel() == Token.DEFAULT_CHANNEL && keep(token)) {
                tokens.add(token);
            }
            if (token.getType() == Token.EOF) {
                return tokens;
            }
        }
    }

    /** Reports a character that makes the line look different. */
    private void deceptive(Token token) {
        Characters.deceptive(token.getText())
                .ifPresent(
                        at -> findings.add(Characters.deceives(token.getText(), at, places.part(token, at, at + 1))));
    }

    /** Returns the type of the last token that was kept. */
    private int previous() {
        return tokens.isEmpty() ? UNSEEN : tokens.get(tokens.size() - 1).getType();
    }

    private boolean keep(CommonToken token) {
        return switch (token.getType()) {
            case WallLexer.BLOCKCOMMENT, WallLexer.HASHCOMMENT -> {
                comment(token);
                yield false;
            }
            case WallLexer.BAD -> {
                bad(token);
                yield false;
            }
            case WallLexer.ANDAND -> become(token, WallLexer.AND, "and");
            case WallLexer.OROR -> become(token, WallLexer.OR, "or");
            case WallLexer.BANG -> become(token, WallLexer.NOT, "not");
            case WallLexer.THINARROW -> become(token, WallLexer.ARROW, "=>");
            case WallLexer.UNEQUAL -> become(token, WallLexer.NE, "!=");
            case WallLexer.IDENTICAL -> become(token, WallLexer.EQ, "==");
            case WallLexer.BADNUMBER, WallLexer.BYTES -> {
                quantity(token, false);
                yield true;
            }
            case WallLexer.DURATION -> {
                quantity(token, previous() == WallLexer.AFTER);
                yield true;
            }
            case WallLexer.DASHED -> {
                dashed(token);
                yield true;
            }
            case WallLexer.BAREPATH -> path(token);
            case WallLexer.OPENSTRING -> {
                findings.add(
                        Diagnostic.of(Code.UNCLOSED_STRING, places.of(token), "the string is not closed on this line")
                                .label("opened here")
                                .help("write `\"` at its end"));
                withoutTail(token);
                token.setType(WallLexer.STRING);
                yield true;
            }
            case WallLexer.STRING -> {
                escapes(token);
                yield true;
            }
            default -> true;
        };
    }

    /**
     * Turns a path without quotes into a string; a name directly before it is part of it, as in
     * `net/ipv4`.
     */
    private boolean path(CommonToken token) {
        CommonToken whole = token;
        if (!tokens.isEmpty()) {
            CommonToken before = tokens.get(tokens.size() - 1);
            if (Words.isName(before) && before.getStopIndex() + 1 == token.getStartIndex()) {
                before.setStopIndex(token.getStopIndex());
                whole = before;
            }
        }
        whole.setType(WallLexer.STRING);
        say(
                Code.UNQUOTED_PATH,
                whole,
                "the path `%s` is not in quotes".formatted(Words.shown(whole.getText())),
                "write `\"%s\"`".formatted(whole.getText()));
        return whole == token;
    }

    private void say(Code code, Token token, String message, String help) {
        findings.add(Diagnostic.of(code, places.of(token), message).help(help));
    }

    private void comment(Token token) {
        String opening = token.getType() == WallLexer.BLOCKCOMMENT ? "/*" : "#";
        findings.add(Diagnostic.of(
                        Code.FOREIGN_COMMENT,
                        places.part(token, 0, opening.length()),
                        "`%s` does not start a comment".formatted(opening))
                .help("write `//` at the start of each line of the comment"));
    }

    private void bad(Token token) {
        boolean goesOn = token.getStartIndex() == lastBad + 1;
        lastBad = token.getStopIndex();
        if (goesOn) {
            return;
        }
        findings.add(Characters.refused(token.getText(), places.of(token)));
    }

    private boolean become(CommonToken token, int type, String word) {
        String text = token.getText();
        say(Code.FOREIGN_OPERATOR, token, "`%s` is not an operator here".formatted(text), "write `%s`".formatted(word));
        token.setType(type);
        return true;
    }

    /**
     * Reads a number with a unit. The checker reports an invalid size after `log ring`, and the
     * parser a missing `ring`.
     */
    private void quantity(CommonToken token, boolean fits) {
        boolean ring = previous() == WallLexer.RING
                && tokens.size() > 1
                && tokens.get(tokens.size() - 2).getType() == WallLexer.LOG;
        if (ring || previous() == WallLexer.LOG) {
            token.setType(WallLexer.BYTES);
        } else if (!fits) {
            number(token);
        }
    }

    private void number(CommonToken token) {
        String text = token.getText();
        if (BEFORE_NAMES.contains(previous())) {
            String help = "write a letter, then letters, digits and `_`";
            say(Code.BAD_NAME, token, "`%s` is not a name".formatted(Words.shown(text)), help);
            token.setType(WallLexer.IDENT);
        } else {
            String help = "write decimal digits, or `0x` and hexadecimal digits";
            say(Code.BAD_NUMBER, token, "`%s` is not a number".formatted(Words.shown(text)), help);
            token.setType(WallLexer.INT);
        }
    }

    private void dashed(CommonToken token) {
        String text = token.getText();
        if (text.matches("[0-9.]+-[0-9.]+")) {
            say(
                    Code.BAD_NUMBER,
                    token,
                    "`%s` is not a range".formatted(Words.shown(text)),
                    "write `%s`".formatted(text.replace("-", "..")));
            token.setType(WallLexer.INT);
            return;
        }
        token.setType(WallLexer.IDENT);
        if (BEFORE_NAMES.contains(previous())) {
            say(
                    Code.BAD_NAME,
                    token,
                    "`%s` is not a name".formatted(Words.shown(text)),
                    "write `%s`; a name consists of letters, digits and `_`"
                            .formatted(text.replaceAll("[^A-Za-z0-9_]", "_")));
        } else {
            findings.add(HostNames.refused(places.of(token), text));
        }
    }

    /**
     * Returns the brackets at the end of an unclosed string to the input, because they were not
     * meant to be part of it.
     */
    private void withoutTail(CommonToken token) {
        int length = token.getText().length();
        Matcher tail =
                Pattern.compile(TAIL).matcher(token.getText()).region(Math.max(1, length - LONGEST_TAIL), length);
        if (tail.find()) {
            int kept = token.getText().codePointCount(0, tail.start());
            token.setStopIndex(token.getStartIndex() + kept - 1);
            lexer.getInputStream().seek(token.getStopIndex() + 1);
        }
    }

    private void escapes(Token token) {
        String text = token.getText();
        for (int at = 1; at < text.length() - 1; at++) {
            if (Character.isISOControl(text.charAt(at))) {
                String escape = QuotedText.quote(text.substring(at, at + 1));
                findings.add(Diagnostic.of(
                                Code.BAD_STRING,
                                places.part(token, at, at + 1),
                                "the string contains a control character")
                        .help("write `%s` in its place".formatted(escape.substring(1, escape.length() - 1))));
                return;
            }
        }
        QuotedText.read(text.substring(1, text.length() - 1))
                .problem()
                .ifPresent(wrong -> findings.add(Diagnostic.of(
                                Code.BAD_ESCAPE,
                                places.part(token, wrong.start() + 1, wrong.end() + 1),
                                wrong.message())
                        .help(wrong.help())));
    }
}
