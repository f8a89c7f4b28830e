// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.antlr.v4.runtime.CharStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.Interval;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.grammar.WallLexer;

/** The words of the language, and those of other tools. */
final class Words {
    /** Reserved words, with their replacements. */
    static final Map<String, String> RESERVED =
            Map.ofEntries(Map.entry("assert", "write a `test` that makes the attempt"));

    /** Reserved words that begin a declaration. */
    static final Set<String> RESERVED_ITEMS = Set.of("assert");

    /** Other tools' words for the types of devices. */
    static final Map<String, String> DEVICE_TYPES = Map.of("blk", "block", "b", "block", "chr", "char", "c", "char");

    /** Other tools' words for the two verdicts. */
    static final Map<String, String> FOREIGN_VERBS = Map.ofEntries(
            Map.entry("accept", "allow"),
            Map.entry("permit", "allow"),
            Map.entry("pass", "allow"),
            Map.entry("grant", "allow"),
            Map.entry("drop", "deny"),
            Map.entry("reject", "deny"),
            Map.entry("block", "deny"),
            Map.entry("refuse", "deny"),
            Map.entry("forbid", "deny"));

    /** Other tools' words for a set and for the blocks of the intents. */
    static final Map<String, String> FOREIGN_DECLARATIONS = Map.ofEntries(
            Map.entry("list", "set"),
            Map.entry("acl", "set"),
            Map.entry("group", "set"),
            Map.entry("ipset", "set"),
            Map.entry("connect", "egress"),
            Map.entry("network", "egress"),
            Map.entry("output", "egress"),
            Map.entry("outbound", "egress"),
            Map.entry("listen", "bind"),
            Map.entry("dev", "devices"),
            Map.entry("var", "param"),
            Map.entry("variable", "param"));

    /** The words that begin a rule. */
    static final Map<String, Integer> RULES = Map.of(
            "allow", WallLexer.ALLOW,
            "deny", WallLexer.DENY,
            "redirect", WallLexer.REDIRECT,
            "monitor", WallLexer.MONITOR,
            "default", WallLexer.DEFAULT,
            "when", WallLexer.WHEN);

    /** The words that begin an effect. */
    static final Map<String, Integer> EFFECTS = Map.of(
            "assign", WallLexer.ASSIGN,
            "reply", WallLexer.REPLY,
            "setsockopt", WallLexer.SETSOCKOPT,
            "log", WallLexer.LOG,
            "because", WallLexer.BECAUSE,
            "count", WallLexer.COUNT,
            "answer", WallLexer.ANSWER);

    /** The words that begin a block for an intent. */
    static final Map<String, Integer> INTENTS = Map.of(
            "egress", WallLexer.EGRESS,
            "bind", WallLexer.BIND,
            "sockets", WallLexer.SOCKETS,
            "devices", WallLexer.DEVICES,
            "sysctl", WallLexer.SYSCTL,
            "packets", WallLexer.PACKETS,
            "sockopt", WallLexer.SOCKOPT);

    /** The words that begin any other declaration. */
    static final Map<String, Integer> DECLARATIONS = Map.ofEntries(
            Map.entry("policy", WallLexer.POLICY),
            Map.entry("requires", WallLexer.REQUIRES),
            Map.entry("answer", WallLexer.ANSWER),
            Map.entry("log", WallLexer.LOG),
            Map.entry("set", WallLexer.SET),
            Map.entry("param", WallLexer.PARAM),
            Map.entry("predicate", WallLexer.PREDICATE),
            Map.entry("include", WallLexer.INCLUDE),
            Map.entry("live", WallLexer.LIVE),
            Map.entry("table", WallLexer.TABLE),
            Map.entry("counter", WallLexer.COUNTER),
            Map.entry("rate", WallLexer.RATE),
            Map.entry("on", WallLexer.ON),
            Map.entry("test", WallLexer.TEST));

    /** Declarations whose braces do not contain lines. */
    static final Set<Integer> WITHOUT_LINES =
            Set.of(WallLexer.PREDICATE, WallLexer.LIVE, WallLexer.TABLE, WallLexer.COUNTER, WallLexer.RATE);

    /** The words that begin an attempt. */
    static final Map<String, Integer> ATTEMPTS = Map.ofEntries(
            Map.entry("connect", WallLexer.CONNECT),
            Map.entry("send", WallLexer.SEND),
            Map.entry("bind", WallLexer.BIND),
            Map.entry("receive", WallLexer.RECEIVE),
            Map.entry("peername", WallLexer.PEERNAME),
            Map.entry("sockname", WallLexer.SOCKNAME),
            Map.entry("bound", WallLexer.BOUND),
            Map.entry("socket", WallLexer.SOCKET),
            Map.entry("close", WallLexer.CLOSE),
            Map.entry("open", WallLexer.OPEN),
            Map.entry("mknod", WallLexer.MKNOD),
            Map.entry("read", WallLexer.READ),
            Map.entry("write", WallLexer.WRITE),
            Map.entry("getsockopt", WallLexer.GETSOCKOPT),
            Map.entry("setsockopt", WallLexer.SETSOCKOPT),
            Map.entry("packet", WallLexer.PACKET),
            Map.entry("event", WallLexer.EVENT));

    /** The first words of fields; a dotted name with any other first word is a host name. */
    static final Set<String> FIELD_ROOTS = Set.of("remote", "local", "dev", "original", "final");

    static final String RULE_HELP =
            "write `allow`, `deny`, `redirect`, `default` or `when`, with `monitor` before it if you like";
    static final String ITEM_HELP =
            "write `policy`, `requires`, `answer`, `log ring`, `include`, `set`, `predicate`, `param`, `live set`, `table`, `counter`, `rate`, "
                    + "`egress`, `bind`, `sockets`, `devices`, `sysctl`, `packets`, `sockopt`, `on` or `test`";
    static final String EFFECT_HELP =
            "write `assign FIELD = VALUE`, `reply VALUE`, `setsockopt OPTION = VALUE`, `log`, `because \"REASON\"` or `count COUNTER`";
    static final String ATTEMPT_HELP =
            "write `connect`, `send`, `bind`, `receive`, `peername`, `sockname`, `bound`, `socket`, "
                    + "`close`, `open`, `mknod`, `read`, `write`, `getsockopt`, `setsockopt`, `packet` or `event`";

    private static final List<Integer> SOFT_ENDS = List.of(WallLexer.POLICY, WallLexer.LOCAL);

    private static final int LONGEST_SHOWN = 60;
    private static final Pattern WORDS = Pattern.compile("[A-Za-z0-9_]++(?:[ \\t]++[A-Za-z0-9_]++)*+");

    private Words() {}

    /** Whether the token can be a name. */
    static boolean isName(Token token) {
        return token.getType() == WallLexer.IDENT || isSoft(token.getType());
    }

    /** Whether this type of token is a keyword only at certain positions and a name elsewhere. */
    static boolean isSoft(int type) {
        return type >= SOFT_ENDS.get(0) && type <= SOFT_ENDS.get(1);
    }

    /** Whether the token begins a value. */
    static boolean isValue(Token token) {
        return switch (token.getType()) {
            case WallLexer.INT, WallLexer.HEX, WallLexer.DOTTED, WallLexer.IPV6, WallLexer.STRING -> true;
            default -> isName(token);
        };
    }

    /** Returns the error for a reserved word. */
    static Diagnostic reserved(Span at, String word) {
        return Diagnostic.of(
                        Code.RESERVED_WORD, at, "`%s` is not supported in this version of the language".formatted(word))
                .help(Optional.ofNullable(RESERVED.get(word)));
    }

    /** Returns a description of the token for messages: its text in backticks, or its kind. */
    static String found(Token token) {
        return switch (token.getType()) {
            case Token.EOF -> "the end of the file";
            case WallLexer.NL -> "the end of the line";
            default -> token.getText().isEmpty() ? "the end of the block" : "`" + shown(token.getText()) + "`";
        };
    }

    /** Returns the words from this one to the end of the line, joined to one name. */
    static String joined(Token first) {
        CharStream text = first.getInputStream();
        int end = Math.min(text.size() - 1, first.getStartIndex() + LONGEST_SHOWN);
        String rest = text.getText(Interval.of(first.getStartIndex(), end));
        Matcher words = WORDS.matcher(rest);
        return words.lookingAt() ? words.group().strip().replaceAll("[ \\t]+", "_") : first.getText();
    }

    /** Returns text for messages, without control characters and truncated if it is very long. */
    static String shown(String text) {
        int length = text.codePointCount(0, text.length());
        String some =
                length <= LONGEST_SHOWN ? text : text.substring(0, text.offsetByCodePoints(0, LONGEST_SHOWN)) + "…";
        return some.replaceAll("\\p{Cntrl}", "\uFFFD");
    }
}
