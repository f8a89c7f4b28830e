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
 * Puts tokens in the order that the grammar reads: brackets are balanced (a missing one is reported and put in, a stray
 * one reported and left out), their depth is bounded, and a line end stays only where it ends something.
 */
final class Layout {
    /** Deeper guards are not written by people, and recursive walks of the tree rely on it. */
    static final int DEEPEST = 64;

    private static final Set<Integer> BEFORE_SETS = Set.of(WallLexer.IS, WallLexer.IN, WallLexer.EXCEPT);

    /** The line goes on behind these. */
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

    /** A line that begins with one of these goes on with the one before. */
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

    /** They compare with a pattern or with a set of patterns. */
    private static final Set<Integer> MATCHES = Set.of(WallLexer.PREFIX, WallLexer.SUFFIX, WallLexer.GLOB);

    /** The name of something that a policy keeps stands behind these. */
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

    /** What a bracket holds. */
    private enum Inside {
        /** Rules or attempts, one a line. */
        LINES,
        /** Effects, one a line; the rule that they belong to goes on behind them. */
        EFFECTS,
        /** Anything else: the ends of its lines mean nothing. */
        WORDS
    }

    /** A bracket that waits for its other half. */
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

    /** True when nothing nests too deep; otherwise the tokens must not be parsed. */
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

    /** The tokens, once they are arranged. */
    List<Token> tokens() {
        return List.copyOf(out);
    }

    /** Handles a run of line ends from this index; the index of its last. */
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

    /** Whether the line that ends is the first one of a block, and a rule or an attempt of it follows. */
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

    /** True for a verdict, and for `when` where it is no name: a guard begins behind it. */
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

    /** True when a rule cannot stand where this one does; among effects it is a mistake of its own if it is indented. */
    private boolean mustClose(Token rule) {
        Open innermost = open.peek();
        if (innermost == null || innermost.inside == Inside.LINES) {
            return false;
        }
        return innermost.inside == Inside.WORDS || places.of(rule).position().column() <= indent(innermost.token);
    }

    /** How many blocks are open: one or none, and it is the outermost bracket. */
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

    /** True where something stands on the line before the bracket. */
    private boolean inALine() {
        return !Set.of(WallLexer.NL, WallLexer.SEMI, WallLexer.LB).contains(written(1));
    }

    /** True behind `name prefix` and `name not prefix`, and not behind a field, a table or a rate that has such a name. */
    private boolean beforePatterns() {
        int operand = written(2) == WallLexer.NOT ? 3 : 2;
        boolean field = operand <= out.size()
                && Words.isName(out.get(out.size() - operand))
                && !BEFORE_NAMES.contains(written(operand));
        return MATCHES.contains(written(1)) && (field || written(operand) == WallLexer.RP);
    }

    /** The type of the token so many places back; a line end before the first. */
    private int written(int back) {
        return back <= out.size() ? out.get(out.size() - back).getType() : WallLexer.NL;
    }

    /** The braces of such a declaration are not a block: it goes on behind them. */
    private boolean inItemWithoutLines() {
        int first = firstOfLine();
        return first < out.size()
                && (Words.WITHOUT_LINES.contains(out.get(first).getType())
                        || Words.RESERVED_ITEMS.contains(out.get(first).getText()));
    }

    /** The index of the first token that was written of this line. */
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

    /** Reports open brackets and closes them behind a token, until so many are left. */
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
     * True when the tokens from here begin a declaration. Inside of brackets they must stand no further to the right than
     * the line on which the outermost one opened: then its other half is missing.
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

    /** True when a block opens here, perhaps behind its label. */
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

    /** A token that the text does not have, just behind one that it has. */
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
