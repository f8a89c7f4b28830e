// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.antlr.v4.runtime.CommonToken;
import org.antlr.v4.runtime.Token;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.grammar.WallLexer;

/**
 * A check of the first word of each declaration, rule and attempt. A misspelt word, or another
 * tool's, is reported and replaced by the intended one, so that the rest of its line can be parsed.
 * Any other word is reported and kept.
 */
final class FirstWords {
    /** The kind of lines that are possible, by the enclosing bracket. */
    private enum Place {
        FILE,
        RULES,
        TEST,
        UNKNOWN
    }

    private static final Map<String, Integer> ITEMS = new HashMap<>(Words.DECLARATIONS);

    static {
        ITEMS.putAll(Words.INTENTS);
    }

    private final Places places;
    private final Findings findings;
    private final List<Token> tokens;

    private FirstWords(Places places, Findings findings, List<Token> tokens) {
        this.places = places;
        this.findings = findings;
        this.tokens = new ArrayList<>(tokens);
    }

    /** Returns the tokens after correcting the first words as far as possible. */
    static List<Token> putRight(Places places, Findings findings, List<Token> tokens) {
        FirstWords words = new FirstWords(places, findings, tokens);
        words.walk();
        return words.tokens;
    }

    private void walk() {
        Place place = Place.FILE;
        Place next = Place.UNKNOWN;
        int depth = 0;
        boolean begins = true;
        for (int at = 0; at < tokens.size(); at++) {
            int type = tokens.get(at).getType();
            boolean ends = type == WallLexer.NL || type == WallLexer.SEMI;
            if (begins && !ends && type != WallLexer.RB && type != Token.EOF) {
                int first = at + inFront(at, place);
                putRight(first, place);
                next = depth == 0 ? inside(tokens.get(first).getType()) : next;
            }
            begins = ends && depth == (place == Place.FILE ? 0 : 1);
            switch (tokens.get(at).getType()) {
                case WallLexer.LB -> {
                    if (depth++ == 0) {
                        begins = next != Place.FILE;
                        place = next;
                    }
                }
                case WallLexer.RB -> {
                    if (--depth == 0) {
                        place = Place.FILE;
                    }
                }
                default -> {}
            }
        }
    }

    /** Returns the number of tokens before the first word: `monitor`, or `after` and a duration. */
    private int inFront(int at, Place place) {
        boolean monitor = tokens.get(at).getType() == WallLexer.MONITOR && isWordAt(at + 1);
        if (monitor && (place == Place.FILE || place == Place.RULES)) {
            return 1;
        }
        boolean after = tokens.get(at).getType() == WallLexer.AFTER
                && tokens.get(at + 1).getType() == WallLexer.DURATION
                && isWordAt(at + 2);
        return after && place == Place.TEST ? 2 : 0;
    }

    private boolean isWordAt(int at) {
        int type = tokens.get(at).getType();
        return Words.isName(tokens.get(at))
                || type == WallLexer.ALLOW
                || type == WallLexer.DENY
                || type == WallLexer.DEFAULT;
    }

    /** Returns the kind of lines in the braces of a declaration; `FILE` for those of a set. */
    private static Place inside(int first) {
        return switch (first) {
            case WallLexer.EGRESS,
                    WallLexer.BIND,
                    WallLexer.SOCKETS,
                    WallLexer.DEVICES,
                    WallLexer.SYSCTL,
                    WallLexer.PACKETS,
                    WallLexer.SOCKOPT,
                    WallLexer.ON -> Place.RULES;
            case WallLexer.TEST -> Place.TEST;
            case WallLexer.SET,
                    WallLexer.PARAM,
                    WallLexer.PREDICATE,
                    WallLexer.INCLUDE,
                    WallLexer.LIVE,
                    WallLexer.TABLE,
                    WallLexer.COUNTER,
                    WallLexer.RATE,
                    WallLexer.POLICY,
                    WallLexer.REQUIRES,
                    WallLexer.ANSWER,
                    WallLexer.LOG -> Place.FILE;
            default -> Place.UNKNOWN;
        };
    }

    private void putRight(int at, Place place) {
        switch (place) {
            case FILE -> item(at);
            case RULES -> rule(at);
            case TEST -> attempt(at);
            case UNKNOWN -> {
                // The enclosing words have been reported, so the kind of lines is not known.
            }
        }
    }

    private void item(int at) {
        Token token = tokens.get(at);
        String word = token.getText();
        boolean alone = token.getType() == WallLexer.MONITOR;
        if (ITEMS.containsValue(token.getType()) || alone || saidAlready(token)) {
            return;
        }
        Span span = places.of(token);
        if (Words.RESERVED_ITEMS.contains(word)) {
            findings.add(Words.reserved(span, word));
        } else if (Words.RULES.containsKey(word) || Words.FOREIGN_VERBS.containsKey(word)) {
            findings.add(unknown(span, "`%s` is outside a block".formatted(word))
                    .help("write it inside `egress { … }` or another block"));
        } else {
            // `ingress` is within two edits of its opposite.
            boolean incoming = token.getType() == WallLexer.INGRESS;
            Optional<String> meant = Optional.ofNullable(Words.FOREIGN_DECLARATIONS.get(word));
            if (meant.isEmpty() && isWord(token) && !incoming) {
                meant = DidYouMean.nearest(word, ITEMS.keySet());
            }
            String message = "%s does not start a declaration".formatted(Words.found(token));
            findings.add(
                    unknown(span, message).help(meant.map(FirstWords::question).orElseGet(() -> itemHelp(at))));
            meant.ifPresent(name -> become(at, ITEMS, name));
        }
    }

    /** Returns help in which the word before a block may be a hook. */
    private String itemHelp(int at) {
        Token token = tokens.get(at);
        if (token.getType() == WallLexer.INGRESS) {
            return "write `packets ingress { … }` for received packets";
        }
        boolean block = isWord(token)
                && at + 1 < tokens.size()
                && tokens.get(at + 1).getText().equals("{");
        return block
                ? "if `%1$s` is a hook, write `on %1$s { … }`; else %2$s".formatted(token.getText(), Words.ITEM_HELP)
                : Words.ITEM_HELP;
    }

    private void rule(int at) {
        Token token = tokens.get(at);
        String word = token.getText();
        if (Words.RULES.containsKey(word) || saidAlready(token)) {
            return;
        }
        Span span = places.of(token);
        String verb = Words.FOREIGN_VERBS.get(word);
        if (token.getType() == WallLexer.LOG && isRing(at + 1)) {
            findings.add(unknown(span, "`log ring` is inside a block")
                    .help("write it outside the block, since an instance has one ring for all its rules"));
        } else if (Words.EFFECTS.containsKey(word)) {
            findings.add(Diagnostic.of(Code.EFFECT_WITHOUT_BRACES, span, "`%s` does not start a rule".formatted(word))
                    .help("write effects in braces after a rule: `when GUARD { %s … }`".formatted(word)));
        } else if (verb != null) {
            String message = "`%s` is not a verdict".formatted(word);
            findings.add(Diagnostic.of(Code.FOREIGN_VERB, span, message).help("write `%s`".formatted(verb)));
            become(at, Words.RULES, verb);
        } else if (ITEMS.containsKey(word)) {
            findings.add(unknown(span, "`%s` is inside a block".formatted(word))
                    .help("write it outside the block, or close the block with `}` first"));
        } else {
            Set<String> verbs = Words.RULES.keySet();
            Optional<String> meant = isWord(token) ? DidYouMean.nearest(word, verbs) : Optional.empty();
            String message = "%s does not start a rule".formatted(Words.found(token));
            findings.add(
                    unknown(span, message).help(meant.map(FirstWords::question).orElse(Words.RULE_HELP)));
            meant.ifPresent(name -> become(at, Words.RULES, name));
        }
    }

    private void attempt(int at) {
        Token token = tokens.get(at);
        boolean alone = token.getType() == WallLexer.AFTER;
        if (Words.ATTEMPTS.containsKey(token.getText()) || alone || saidAlready(token)) {
            return;
        }
        Set<String> verbs = Words.ATTEMPTS.keySet();
        Optional<String> meant = isWord(token) ? DidYouMean.nearest(token.getText(), verbs) : Optional.empty();
        String message = "%s does not start an attempt".formatted(Words.found(token));
        findings.add(unknown(places.of(token), message)
                .help(
                        token.getType() == WallLexer.WITH
                                ? "write it after the attempt: `connect tcp 1.1.1.1:443 with partners = { … }`"
                                : meant.map(FirstWords::question).orElse(Words.ATTEMPT_HELP)));
        meant.ifPresent(name -> become(at, Words.ATTEMPTS, name));
    }

    private boolean isRing(int at) {
        return at < tokens.size() && tokens.get(at).getType() == WallLexer.RING;
    }

    private static boolean isWord(Token token) {
        return token.getType() == WallLexer.IDENT || Words.isName(token);
    }

    private boolean saidAlready(Token token) {
        return findings.speakOf(places.of(token));
    }

    private static Diagnostic unknown(Span at, String message) {
        return Diagnostic.of(Code.UNKNOWN_WORD, at, message);
    }

    private static String question(String word) {
        return "did you mean `%s`?".formatted(word);
    }

    private void become(int at, Map<String, Integer> words, String word) {
        Integer type = words.get(word);
        if (type == null) {
            throw new IllegalStateException("no token for `" + word + "`");
        }
        CommonToken changed = new CommonToken(tokens.get(at));
        changed.setType(type);
        tokens.set(at, changed);
    }
}
