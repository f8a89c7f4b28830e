// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.antlr.v4.runtime.CommonToken;
import org.antlr.v4.runtime.Token;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.grammar.WallLexer;

/**
 * Arranges tokens for the grammar. Brackets are balanced (a missing one is reported and inserted, a
 * stray one reported and removed), their depth is limited, and only those line ends are kept that
 * end something.
 */
final class Layout {
    /**
     * The maximum nesting depth, on which recursive traversals of the tree rely; people do not
     * write deeper guards.
     */
    static final int DEEPEST = 64;

    private static final Set<Integer> BEFORE_SETS = Set.of(WallLexer.IS, WallLexer.IN, WallLexer.EXCEPT);

    /** Tokens after which the line continues. */
    private static final Set<Integer> OPEN_ENDS = Set.of(
            WallLexer.AND,
            WallLexer.OR,
            WallLexer.NOT,
            WallLexer.IN,
            WallLexer.IF,
            WallLexer.EXCEPT,
            WallLexer.IS,
            WallLexer.EQ,
            WallLexer.NE,
            WallLexer.LT,
            WallLexer.LE,
            WallLexer.GT,
            WallLexer.GE,
            WallLexer.COMMA,
            WallLexer.COLON,
            WallLexer.DOTDOT,
            WallLexer.ARROW);

    /** Tokens that continue the previous line if they begin one. */
    private static final Set<Integer> CONTINUATIONS = Set.of(
            WallLexer.AND,
            WallLexer.OR,
            WallLexer.IN,
            WallLexer.IF,
            WallLexer.EXCEPT,
            WallLexer.WITHIN,
            WallLexer.ELSE,
            WallLexer.MAX,
            WallLexer.ARROW,
            WallLexer.LB);

    /** Operators that compare with a pattern or with a set of patterns. */
    private static final Set<Integer> MATCHES = Set.of(WallLexer.PREFIX, WallLexer.SUFFIX, WallLexer.GLOB);

    /** Tokens that precede the name of a table or a rate. */
    private static final Set<Integer> BEFORE_NAMES = Set.of(WallLexer.REDIRECT, WallLexer.WITHIN);

    private static final Set<Integer> RULE_WORDS = Set.of(WallLexer.ALLOW, WallLexer.DENY, WallLexer.DEFAULT);

    private static final Set<Integer> BLOCKS = Set.of(
            WallLexer.EGRESS,
            WallLexer.BIND,
            WallLexer.SOCKETS,
            WallLexer.DEVICES,
            WallLexer.SYSCTL,
            WallLexer.SOCKOPT,
            WallLexer.PACKETS,
            WallLexer.ON);

    /** The content of a bracket. */
    private enum Inside {
        /** Rules or attempts, one per line. */
        LINES,
        /** Effects, one per line; the rule that they belong to continues after the bracket. */
        EFFECTS,
        /** Any other content, in which line ends are insignificant. */
        WORDS
    }

    /** A bracket that is not closed yet. */
    private record Open(Token token, Inside inside, int notsBefore) {}

    private final Places places;
    private final Findings findings;
    private final List<CommonToken> in;
    private final List<Token> out = new ArrayList<>();
    private final Deque<Open> open = new ArrayDeque<>();
    private int depth;
    private int nots;

    Layout(Places places, Findings findings, List<CommonToken> in) {
        this.places = places;
        this.findings = findings;
        this.in = in;
    }

    /** Arranges the tokens; returns false if they nest too deep and must not be parsed. */
    boolean arrange() {
        for (int at = 0; at < in.size(); at++) {
            CommonToken token = in.get(at);
            switch (token.getType()) {
                case WallLexer.NL -> at = lineEnd(at);
                case WallLexer.LB, WallLexer.LP, WallLexer.LS -> open(token);
                case WallLexer.RB, WallLexer.RP, WallLexer.RS -> close(token);
                case Token.EOF -> end(token);
                case WallLexer.NOT -> {
                    nots++;
                    out.add(token);
                }
                default -> {
                    nots = 0;
                    out.add(token);
                }
            }
            if (depth + nots > DEEPEST) {
                String message = "brackets and `not` are nested more than %d levels deep here".formatted(DEEPEST);
                findings.add(Diagnostic.of(Code.TOO_DEEP, places.of(token), message)
                        .help("split the guard into several rules, or use a `set`"));
                return false;
            }
        }
        return true;
    }

    /** Returns the arranged tokens. */
    List<Token> tokens() {
        return List.copyOf(out);
    }

    /** Handles a run of line ends from this index; returns the index of the last one. */
    private int lineEnd(int at) {
        int last = at;
        while (in.get(last + 1).getType() == WallLexer.NL) {
            last++;
        }
        Token before = out.isEmpty() ? in.get(at) : out.get(out.size() - 1);
        Token next = in.get(last + 1);
        boolean beginsItem = beginsItem(last + 1);
        boolean beginsRule = beginsRule(last + 1) && before.getType() != WallLexer.ARROW;
        if (beginsItem && !open.isEmpty()) {
            unclosed(before, 0);
        } else if (beginsRule && mustClose(next)) {
            unclosed(before, blocks());
        }
        if (open.isEmpty() && lacksBrace(last + 1)) {
            findings.add(
                    Diagnostic.of(Code.UNEXPECTED, places.of(in.get(at)), "expected `{`, found the end of the line")
                            .help("write `{` here"));
            open(synthetic(WallLexer.LB, before));
        }
        boolean goesOn = OPEN_ENDS.contains(before.getType()) || CONTINUATIONS.contains(next.getType());
        boolean mayGoOn = !beginsRule && !beginsItem && next.getType() != WallLexer.RB;
        if (linesCount() && !(goesOn && mayGoOn)) {
            nots = 0;
            out.add(in.get(at));
        }
        return last;
    }

    /**
     * Whether the line that ends is the header of a block without a brace, followed by a rule or an
     * attempt.
     */
    private boolean lacksBrace(int next) {
        int first = firstOfLine();
        if (first < out.size() && out.get(first).getType() == WallLexer.MONITOR) {
            first++;
        }
        if (first == out.size()) {
            return false;
        }
        int type = out.get(first).getType();
        return type == WallLexer.TEST
                ? Words.ATTEMPTS.containsKey(in.get(next).getText())
                : BLOCKS.contains(type) && beginsRule(next);
    }

    private boolean linesCount() {
        return open.isEmpty() || open.peek().inside != Inside.WORDS;
    }

    /** Whether a verdict follows, or `when` before a guard, where it is not a name. */
    private boolean beginsRule(int at) {
        boolean guard = name(at + 1) || type(at + 1) == WallLexer.NOT || type(at + 1) == WallLexer.LP;
        boolean address = type(at + 1) == WallLexer.DOTTED || type(at + 1) == WallLexer.LS;
        return switch (type(at)) {
            case WallLexer.WHEN -> guard;
            case WallLexer.REDIRECT -> address || name(at + 1);
            case WallLexer.MONITOR -> beginsRule(at + 1);
            default -> RULE_WORDS.contains(type(at));
        };
    }

    /**
     * Whether a rule is not possible at this token, so that brackets must be closed; among effects,
     * an indented rule is an error of its own.
     */
    private boolean mustClose(Token rule) {
        Open innermost = open.peek();
        if (innermost == null || innermost.inside == Inside.LINES) {
            return false;
        }
        return innermost.inside == Inside.WORDS || places.of(rule).position().column() <= indent(innermost.token);
    }

    /** Returns the number of open blocks: one if the outermost bracket is a block, else none. */
    private int blocks() {
        Open outermost = open.peekLast();
        return outermost != null && outermost.inside == Inside.LINES ? 1 : 0;
    }

    private void open(Token token) {
        open.push(new Open(token, inside(token), nots));
        depth += 1 + nots;
        nots = 0;
        out.add(token);
    }

    private Inside inside(Token bracket) {
        if (bracket.getType() != WallLexer.LB || BEFORE_SETS.contains(written(1))) {
            return Inside.WORDS;
        }
        Open around = open.peek();
        if (around == null) {
            return inItemWithoutLines() ? Inside.WORDS : Inside.LINES;
        }
        boolean effects = around.inside == Inside.LINES && inALine() && !beforePatterns();
        return effects ? Inside.EFFECTS : Inside.WORDS;
    }

    /** Whether the line has tokens before the bracket. */
    private boolean inALine() {
        return !Set.of(WallLexer.NL, WallLexer.SEMI, WallLexer.LB).contains(written(1));
    }

    /**
     * Whether `name prefix` or `name not prefix` precedes, and not a field, a table or a rate of
     * that name.
     */
    private boolean beforePatterns() {
        int operand = written(2) == WallLexer.NOT ? 3 : 2;
        boolean field = operand <= out.size()
                && Words.isName(out.get(out.size() - operand))
                && !BEFORE_NAMES.contains(written(operand));
        return MATCHES.contains(written(1)) && (field || written(operand) == WallLexer.RP);
    }

    /**
     * Returns the type of the output token this many positions back; a line end before the first.
     */
    private int written(int back) {
        return back <= out.size() ? out.get(out.size() - back).getType() : WallLexer.NL;
    }

    /** Whether the current declaration continues after its braces, which are not a block. */
    private boolean inItemWithoutLines() {
        int first = firstOfLine();
        return first < out.size()
                && (Words.WITHOUT_LINES.contains(out.get(first).getType())
                        || Words.RESERVED_ITEMS.contains(out.get(first).getText()));
    }

    /** Returns the index of the first output token of this line. */
    private int firstOfLine() {
        int first = out.size();
        while (first > 0
                && !Set.of(WallLexer.NL, WallLexer.SEMI)
                        .contains(out.get(first - 1).getType())) {
            first--;
        }
        return first;
    }

    private void close(Token token) {
        int mate = mate(token.getType());
        nots = 0;
        if (open.stream().noneMatch(o -> o.token.getType() == mate)) {
            findings.add(Diagnostic.of(
                            Code.STRAY_BRACKET,
                            places.of(token),
                            "`%s` has no opening bracket".formatted(token.getText()))
                    .help("remove it, or write the opening `%s`".formatted(opening(token.getType()))));
            return;
        }
        while (open.getFirst().token.getType() != mate) {
            unclosed(out.get(out.size() - 1), open.size() - 1);
        }
        pop(token);
    }

    private void pop(Token closing) {
        Open opened = open.pop();
        depth -= 1 + opened.notsBefore;
        int last = out.get(out.size() - 1).getType();
        boolean ended = last == WallLexer.NL || last == WallLexer.SEMI || last == WallLexer.LB;
        if (opened.inside != Inside.WORDS && !ended) {
            out.add(synthetic(WallLexer.NL, out.get(out.size() - 1)));
        }
        out.add(closing);
        if (opened.inside == Inside.LINES) {
            out.add(synthetic(WallLexer.NL, closing));
        }
    }

    /** Reports open brackets and closes them after a token, until `left` are left. */
    private void unclosed(Token behind, int left) {
        while (open.size() > left) {
            Token token = open.getFirst().token;
            String closing = closing(token.getType());
            Span here = places.of(behind).after();
            findings.add(Diagnostic.of(
                            Code.UNCLOSED_BRACKET, places.of(token), "`%s` is not closed".formatted(token.getText()))
                    .label("opened here")
                    .help("write `%s`".formatted(closing))
                    .note(here, "`%s` is expected here at the latest".formatted(closing)));
            pop(synthetic(mate(token.getType()), behind));
        }
    }

    private void end(Token eof) {
        Token last = eof;
        for (int at = in.size() - 2; at >= 0 && last == eof; at--) {
            last = in.get(at).getType() == WallLexer.NL ? eof : in.get(at);
        }
        unclosed(last, 0);
        out.add(synthetic(WallLexer.NL, eof));
        out.add(eof);
    }

    /**
     * Whether the tokens from here begin a declaration. Within brackets, they must not be indented
     * further than the line on which the outermost bracket opened; that bracket then is not closed.
     */
    private boolean beginsItem(int at) {
        Token first = in.get(at);
        int second = type(at + 1);
        boolean begins = switch (first.getType()) {
            case WallLexer.SET, WallLexer.PARAM, WallLexer.PREDICATE ->
                name(at + 1) && Set.of(WallLexer.IS, WallLexer.COLON).contains(type(at + 2));
            case WallLexer.LIVE -> second == WallLexer.SET && name(at + 2);
            case WallLexer.TABLE -> name(at + 1) && type(at + 2) == WallLexer.LS;
            case WallLexer.COUNTER ->
                name(at + 1) && Set.of(WallLexer.LS, WallLexer.LB).contains(type(at + 2));
            case WallLexer.RATE ->
                name(at + 1) && Set.of(WallLexer.PACE, WallLexer.PER).contains(type(at + 2));
            case WallLexer.REQUIRES -> second == WallLexer.KERNEL;
            case WallLexer.LOG -> second == WallLexer.RING;
            case WallLexer.ANSWER -> name(at + 1) && open.isEmpty();
            case WallLexer.TEST, WallLexer.INCLUDE -> second == WallLexer.STRING;
            case WallLexer.ON -> name(at + 1) && type(at + 2) == WallLexer.LB;
            case WallLexer.EGRESS,
                    WallLexer.BIND,
                    WallLexer.SOCKETS,
                    WallLexer.DEVICES,
                    WallLexer.SYSCTL,
                    WallLexer.SOCKOPT -> block(at + 1);
            case WallLexer.PACKETS -> block(at + 1) || (name(at + 1) && block(at + 2));
            default -> false;
        };
        return begins && (open.isEmpty() || places.of(first).position().column() <= indent(open.getLast().token));
    }

    /** Whether a block opens here, optionally after its label. */
    private boolean block(int at) {
        return type(at) == WallLexer.LB || (name(at) && type(at + 1) == WallLexer.LB);
    }

    private int indent(Token token) {
        String line = places.file().line(places.of(token).position().line());
        return line.length() - line.stripLeading().length() + 1;
    }

    private int type(int at) {
        return at < in.size() ? in.get(at).getType() : Token.EOF;
    }

    private boolean name(int at) {
        return at < in.size() && Words.isName(in.get(at));
    }

    /** Returns a token that the text does not contain, directly after an existing one. */
    private static CommonToken synthetic(int type, Token behind) {
        CommonToken token = new CommonToken(behind);
        int end = behind.getType() == Token.EOF ? behind.getStartIndex() : behind.getStopIndex() + 1;
        token.setType(type);
        token.setText("");
        token.setStartIndex(end);
        token.setStopIndex(end - 1);
        return token;
    }

    private static int mate(int type) {
        return switch (type) {
            case WallLexer.LB -> WallLexer.RB;
            case WallLexer.RB -> WallLexer.LB;
            case WallLexer.LP -> WallLexer.RP;
            case WallLexer.RP -> WallLexer.LP;
            case WallLexer.LS -> WallLexer.RS;
            case WallLexer.RS -> WallLexer.LS;
            default -> throw new IllegalStateException("no bracket: " + type);
        };
    }

    private static String opening(int closing) {
        return closing == WallLexer.RB ? "{" : closing == WallLexer.RP ? "(" : "[";
    }

    private static String closing(int opening) {
        return opening == WallLexer.LB ? "}" : opening == WallLexer.LP ? ")" : "]";
    }
}
