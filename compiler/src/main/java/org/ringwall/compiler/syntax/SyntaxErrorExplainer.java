// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.IntervalSet;
import org.jspecify.annotations.Nullable;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.grammar.WallLexer;
import org.ringwall.grammar.WallParser;

/**
 * A syntax error at one token.
 *
 * @param line the rule, effect, attempt or declaration that contains the token
 * @param form the part that the token does not fit
 * @param before the token before it
 * @param expected the tokens that would have been valid; empty if not known
 */
record SyntaxErrorExplainer(
        ParserRuleContext line,
        ParserRuleContext form,
        Token token,
        Token before,
        IntervalSet expected,
        Places places) {
    private static final Set<String> PATTERN_WORDS = Set.of("prefix", "suffix", "glob");

    private static final String OPERATOR_HELP =
            "write `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `not in` between them; "
                    + "`prefix`, `suffix` and `glob` are for strings";

    private static final String SET_HELP = "write the elements of a set in braces: `{ 80, 443 }`";
    private static final String GUARD_HELP = "write `if` before the guard: `allow if remote.port == 443`";

    private static final Map<String, String> PROBE_FORMS = Map.ofEntries(
            Map.entry("connect", "write `connect tcp 1.1.1.1:443` or `connect tcp [::1]:443`"),
            Map.entry("send", "write `send udp 1.1.1.1:53` or `send udp [::1]:53`"),
            Map.entry("bind", "write `bind tcp 0.0.0.0:80` or `bind tcp [::]:80`"),
            Map.entry("receive", "write `receive udp 1.1.1.1:53` or `receive unix \"@name\"`"),
            Map.entry("peername", "write `peername tcp 1.1.1.1:443`"),
            Map.entry("sockname", "write `sockname tcp 10.0.0.1:80`"),
            Map.entry("bound", "write `bound tcp 0.0.0.0:80` or `bound tcp [::]:80`"),
            Map.entry("socket", "write `socket inet raw icmp`"),
            Map.entry("close", "write `close inet stream`"),
            Map.entry("open", "write `open \"/dev/null\" rw` or `open char 1:3 r`"),
            Map.entry("mknod", "write `mknod char 1:3`"),
            Map.entry("read", "write `read \"net/ipv4/ip_forward\"`"),
            Map.entry("write", "write `write \"kernel/hostname\"`"),
            Map.entry("getsockopt", "write `getsockopt SO_MARK` or `getsockopt 6:13`"),
            Map.entry("setsockopt", "write `setsockopt SO_MARK = 7` or `setsockopt 6:13 = \"cubic\"`"),
            Map.entry(
                    "packet",
                    "write `packet egress udp 1.1.1.1:53 local 10.0.0.1:5000` or `packet ingress icmp 1.1.1.1 type 8`"),
            Map.entry("event", "write `event active_established 1.1.1.1:443`"));

    /** Returns the report of the error. */
    Diagnostic explain() {
        return aroundEffects()
                .or(this::anotherOnTheLine)
                .or(this::verdictWord)
                .or(this::inAGuard)
                .or(this::inASet)
                .or(this::behindARule)
                .orElseGet(this::plain);
    }

    /** Whether a line should have ended and the token begins another one. */
    static boolean beginsAnother(ParserRuleContext line, ParserRuleContext form, Token token) {
        if (!(form instanceof WallParser.EndContext) || token == line.getStart()) {
            return false;
        }
        String word = token.getText();
        if (line instanceof WallParser.StatementContext) {
            return Words.RULES.containsKey(word);
        }
        if (line instanceof WallParser.TestCaseContext) {
            return Words.ATTEMPTS.containsKey(word);
        }
        if (line instanceof WallParser.EffectContext) {
            return Words.EFFECTS.containsKey(word);
        }
        return Words.DECLARATIONS.containsKey(word) || Words.INTENTS.containsKey(word);
    }

    private Span at() {
        return places.of(token);
    }

    private String found() {
        return Words.found(token);
    }

    private boolean is(Integer... types) {
        return Set.of(types).contains(token.getType());
    }

    private boolean lineShouldEnd() {
        return form instanceof WallParser.EndContext;
    }

    private boolean inGuard() {
        for (ParserRuleContext up = form; up != null; up = up.getParent()) {
            if (up instanceof WallParser.OrContext) {
                return true;
            }
        }
        return line instanceof WallParser.StatementContext statement
                && (statement.guard() != null || isWhen())
                && effects() == null;
    }

    private boolean isWhen() {
        return line instanceof WallParser.StatementContext statement && statement.whenRule() != null;
    }

    /** Returns the effects after the rule or the expected verdict, as far as they were parsed. */
    private WallParser.@Nullable EffectsContext effects() {
        if (line instanceof WallParser.TestCaseContext test) {
            return test.effects();
        }
        if (!(line instanceof WallParser.StatementContext statement)) {
            return null;
        }
        if (statement.fallback() != null) {
            return statement.fallback().effects();
        }
        return statement.whenRule() != null ? statement.whenRule().effects() : statement.effects();
    }

    /** Whether the token is within the brackets after a field. */
    private boolean inIndex() {
        return form instanceof WallParser.FieldRefContext || form.getParent() instanceof WallParser.FieldRefContext;
    }

    private static Diagnostic unexpected(Span at, String message) {
        return Diagnostic.of(Code.UNEXPECTED, at, message);
    }

    private Optional<Diagnostic> aroundEffects() {
        if (line instanceof WallParser.EffectContext) {
            return amongEffects();
        }
        if (!lineShouldEnd() || line instanceof WallParser.ItemContext) {
            return Optional.empty();
        }
        boolean behindVerdict = Words.EFFECTS.containsValue(before.getType())
                && !inGuard()
                && effects() == null
                && (Words.isValue(token) || is(WallLexer.LP, WallLexer.DOT));
        if (behindVerdict || Words.EFFECTS.containsValue(token.getType())) {
            Token effect = behindVerdict ? before : token;
            String message = "the effect `%s` is not in braces".formatted(effect.getText());
            return Optional.of(Diagnostic.of(Code.EFFECT_WITHOUT_BRACES, places.of(effect), message)
                    .help("write the effects of a rule in braces: `{ %s … }`".formatted(effect.getText())));
        }
        if (effects() != null && is(WallLexer.IF)) {
            return Optional.of(unexpected(at(), "the guard is after the effects")
                    .help("write the guard first: `allow if GUARD { … }`"));
        }
        if (before.getType() == WallLexer.WHEN && is(WallLexer.IF)) {
            return Optional.of(
                    unexpected(at(), "`when` takes a guard without `if`").help("remove it: `when GUARD { … }`"));
        }
        if (isWhen() && effects() == null && is(WallLexer.ALLOW, WallLexer.DENY, WallLexer.DEFAULT)) {
            return Optional.of(Diagnostic.of(
                            Code.WHEN_WITHOUT_EFFECTS,
                            places.of(line.getStart()),
                            "`when` is followed by a verdict instead of effects")
                    .help("write `%s if GUARD`".formatted(token.getText())));
        }
        return Optional.empty();
    }

    /** Returns help for an invalid pattern, second guard or second list of effects. */
    private Optional<String> behindAnOperator() {
        if (Set.of(WallLexer.PREFIX, WallLexer.SUFFIX, WallLexer.GLOB).contains(before.getType())) {
            return Optional.of("write one string or a set of them: `%s \"net/\"`".formatted(before.getText()));
        }
        if (Set.of(WallLexer.AND, WallLexer.OR, WallLexer.NOT).contains(before.getType())) {
            return Optional.of("write a condition after `%1$s`, here or on the next line, or remove `%1$s`"
                    .formatted(before.getText()));
        }
        boolean rate = line instanceof WallParser.StatementContext statement && statement.within() != null;
        if (lineShouldEnd() && (is(WallLexer.IF) || rate && is(WallLexer.AND, WallLexer.OR))) {
            return Optional.of(
                    rate
                            ? "write the guard before the rate: `allow if GUARD within RATE`"
                            : "join conditions with `and`");
        }
        if (before.getType() == WallLexer.MONITOR) {
            return Optional.of("write `monitor` before a rule with a verdict: `monitor deny if GUARD { log }`");
        }
        if (expectations().contains("a condition")) {
            return Optional.of("write a condition, as in `remote.port == 443`");
        }
        return lineShouldEnd() && effects() != null
                ? Optional.of("end the line after `}`; write all effects of a rule in one pair of braces")
                : Optional.empty();
    }

    private Optional<Diagnostic> amongEffects() {
        if (beginsAnother(line, form, token)) {
            String message = "%s is on the same line as another effect".formatted(found());
            return Optional.of(Diagnostic.of(Code.TWO_RULES_ON_A_LINE, at(), message)
                    .help("put it on a line of its own, or write `;` before it"));
        }
        if (lineShouldEnd() && is(WallLexer.COMMA)) {
            return Optional.of(unexpected(at(), "`,` does not separate effects").help("write `;` between them"));
        }
        if (lineShouldEnd() && is(WallLexer.IF)) {
            return Optional.of(unexpected(at(), "the guard is among the effects")
                    .help("write it before the braces: `when GUARD { … }`"));
        }
        if (form instanceof WallParser.AssignmentContext && expected.contains(WallLexer.IS)) {
            return Optional.of(unexpected(at(), "expected `=`, found %s".formatted(found()))
                    .help("write `assign FIELD = VALUE`"));
        }
        return Optional.empty();
    }

    private Optional<Diagnostic> anotherOnTheLine() {
        boolean errno = line instanceof WallParser.TestCaseContext
                && lineShouldEnd()
                && Words.ATTEMPTS.containsKey(before.getText());
        if (!errno && !beginsAnother(line, form, token)) {
            return Optional.empty();
        }
        Token first = errno ? before : token;
        String kind = line instanceof WallParser.StatementContext
                ? "rule"
                : line instanceof WallParser.TestCaseContext ? "attempt" : "declaration";
        return Optional.of(Diagnostic.of(
                        Code.TWO_RULES_ON_A_LINE,
                        places.of(first),
                        "%s is on the same line as another %s".formatted(Words.found(first), kind))
                .help("put it on a line of its own, or write `;` before it"));
    }

    private Optional<Diagnostic> verdictWord() {
        if (!(form instanceof WallParser.VerdictContext) || form.getStart() != token) {
            return Optional.empty();
        }
        String word = token.getText();
        String meant = Words.FOREIGN_VERBS.get(word);
        if (meant != null) {
            return Optional.of(Diagnostic.of(Code.FOREIGN_VERB, at(), "`%s` is not a verdict".formatted(word))
                    .help("write `%s`".formatted(meant)));
        }
        boolean alone = before.getType() == WallLexer.DEFAULT;
        if (line instanceof WallParser.StatementContext && alone && !Words.isName(token)) {
            return Optional.of(
                    Diagnostic.of(Code.MISSING_DEFAULT_VERDICT, places.of(before), "`default` has no verdict")
                            .help("write `default allow` or `default deny`"));
        }
        return Optional.of(unexpected(at(), "expected a verdict, found %s".formatted(found()))
                .help(DidYouMean.help(word, List.of("allow", "deny", "redirect"))
                        .or(() -> Optional.of("write `allow`, `deny` or `redirect ADDRESS:PORT`"))));
    }

    private Optional<Diagnostic> inAGuard() {
        if (!inGuard() || inIndex()) {
            return Optional.empty();
        }
        Optional<String> slip = GuardSlips.help(before, token, lineShouldEnd());
        if (slip.isPresent()) {
            return Optional.of(
                    unexpected(at(), "unexpected %s".formatted(found())).help(slip));
        }
        if (form instanceof WallParser.DeviceContext && expected.contains(WallLexer.COLON)) {
            return Optional.of(
                    unexpected(at(), "a device has two numbers, but %s follows the first one".formatted(found()))
                            .help("write `char 1:3`, or `char 1:*` for all minor numbers"));
        }
        if (before.getType() == WallLexer.IN && is(WallLexer.LP, WallLexer.LS)) {
            return Optional.of(unexpected(at(), "%s does not start a set".formatted(found()))
                    .help(SET_HELP));
        }
        if (is(WallLexer.COMMA) && !(form instanceof WallParser.SetTermContext)) {
            return Optional.of(unexpected(at(), "`,` is outside a set").help(SET_HELP));
        }
        if (is(WallLexer.LB) && expected.contains(WallLexer.STRING)) {
            return Optional.of(
                    unexpected(at(), "expected one value, found a set").help("write `in` or `not in` before a set"));
        }
        boolean condition = lineShouldEnd() || expected.contains(WallLexer.RP);
        if (before.getType() == WallLexer.NOT && expected.contains(WallLexer.IN)) {
            return Optional.of(unexpected(at(), "expected `in`, found %s".formatted(found()))
                    .help("write `not in` before a set, or `and not` before a condition"));
        }
        if (condition && before.getType() == WallLexer.WITHIN && Words.isName(token)) {
            return Optional.of(unexpected(at(), "`within %s` is not a condition".formatted(token.getText()))
                    .help(
                            "write the rate after the guard, without `and`: `allow if GUARD within %1$s`, or `allow within %1$s`"
                                    .formatted(token.getText())));
        }
        if (condition && (Words.isValue(token) || is(WallLexer.NOT))) {
            String both = "%s follows %s".formatted(found(), Words.found(before));
            Optional<String> device = deviceHelp();
            if (device.isPresent()) {
                return Optional.of(
                        unexpected(places.of(before), "`%s` is not a type of device".formatted(before.getText()))
                                .help(device.get()));
            }
            return Optional.of(
                    Words.isName(before)
                            ? unexpected(at(), both + " without an operator")
                                    .help(DidYouMean.help(token.getText(), PATTERN_WORDS)
                                            .orElse(OPERATOR_HELP))
                            : unexpected(at(), both + " without `and` or `or`")
                                    .help("write `and` or `or` between two conditions"));
        }
        return Optional.empty();
    }

    private Optional<Diagnostic> inASet() {
        boolean set = form instanceof WallParser.SetTermContext;
        boolean device = Set.of(WallLexer.CHAR, WallLexer.BLOCK).contains(before.getType());
        if (set && (is(WallLexer.COLON) || (device && Words.isValue(token)))) {
            return Optional.of(
                    unexpected(at(), "%s after `%s` does not form a device".formatted(found(), before.getText()))
                            .help("write `char 1:3`, or the path in quotes"));
        }
        if (set && is(WallLexer.COMMA)) {
            return Optional.of(
                    unexpected(at(), "there is no element before `,`").help("remove it, or write the element"));
        }
        if (set && Words.isValue(token) && expected.contains(WallLexer.COMMA)) {
            String message = "%s follows %s without a comma".formatted(found(), Words.found(before));
            return Optional.of(Diagnostic.of(Code.MISSING_COMMA, at(), message)
                    .help(deviceHelp().orElse("write `,` between two elements")));
        }
        return Optional.empty();
    }

    /** Returns how to write a device whose type is another tool's word, as in `blk 8:*`. */
    private Optional<String> deviceHelp() {
        String type = is(WallLexer.INT) ? Words.DEVICE_TYPES.get(before.getText()) : null;
        return type == null
                ? Optional.empty()
                : Optional.of("write a device as in `%s %s:*`".formatted(type, token.getText()));
    }

    private Optional<Diagnostic> behindARule() {
        boolean noGuard = line instanceof WallParser.StatementContext statement
                && statement.verdict() != null
                && statement.guard() == null
                && statement.effects() == null;
        if (lineShouldEnd() && noGuard) {
            WallParser.VerdictContext verdict = ((WallParser.StatementContext) line).verdict();
            Optional<Diagnostic> slip = VerdictSlips.of(verdict, token, places);
            if (slip.isPresent()) {
                return slip;
            }
        }
        if (lineShouldEnd() && before.getText().equals("errno")) {
            return Optional.of(unexpected(places.of(before), "`errno` is one word too many")
                    .help("write the errno directly: `deny %s`".formatted(token.getText())));
        }
        boolean condition = Words.isValue(token) || is(WallLexer.DOT, WallLexer.NOT, WallLexer.LP, WallLexer.EQ);
        if (lineShouldEnd() && noGuard && condition) {
            return Optional.of(unexpected(at(), "expected `if` or the end of the line, found %s".formatted(found()))
                    .help(GUARD_HELP));
        }
        return Optional.empty();
    }

    private Diagnostic plain() {
        List<String> fits = expectations();
        if (fits.equals(List.of("a name")) && token.getText().matches("[A-Za-z_][A-Za-z0-9_]*")) {
            String word = token.getText();
            return unexpected(at(), "`%s` is a word of the language, so it cannot be a name".formatted(word))
                    .help("write another name, such as `my_%s`".formatted(word));
        }
        String message = fits.isEmpty()
                ? "unexpected %s".formatted(found())
                : "expected %s, found %s".formatted(joined(fits), found());
        return unexpected(at(), message).help(formOfTheLine());
    }

    private List<String> expectations() {
        List<String> fits = new ArrayList<>();
        boolean value = expected.contains(WallLexer.INT) && expected.contains(WallLexer.STRING);
        if (expected.contains(WallLexer.BYTES)) {
            fits.add("a size");
        } else if (expected.contains(WallLexer.LP) && value) {
            fits.add("a condition");
        } else if (value) {
            fits.add("a value");
        } else if (expected.contains(WallLexer.DOTTED) && expected.contains(WallLexer.IPV6)) {
            fits.add("an address");
        } else if (expected.contains(WallLexer.INT)) {
            fits.add(expected.contains(WallLexer.IDENT) ? "a name or a number" : "a number");
        } else if (expected.contains(WallLexer.STRING)) {
            fits.add("a string in quotes");
        } else if (expected.contains(WallLexer.IDENT)) {
            fits.add("a name");
        }
        boolean names = expected.contains(WallLexer.IDENT);
        boolean end = expected.contains(WallLexer.NL);
        for (int type : expected.toArray()) {
            boolean word = Words.isSoft(type);
            String literal = WallLexer.VOCABULARY.getLiteralName(type);
            if (literal != null && !(names && word) && type != WallLexer.SEMI && !(value && type == WallLexer.LP)) {
                fits.add("`" + literal.substring(1, literal.length() - 1) + "`");
            }
        }
        if (end) {
            fits.add("the end of the line");
        }
        return fits.size() > 5 ? List.of() : fits;
    }

    private static String joined(List<String> words) {
        int last = words.size() - 1;
        return last == 0 ? words.get(0) : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
    }

    private Optional<String> formOfTheLine() {
        String first = line.getStart().getText();
        if (inIndex()) {
            return Optional.of("write one number in the brackets: `ancestor(2)`");
        }
        if (form instanceof WallParser.IdentityContext || form instanceof WallParser.AttributeContext) {
            return Optional.of("write the caller's attributes in pairs: `as uid 1000 gid 100`");
        }
        if (isIn(WallParser.LogContext.class)) {
            return Optional.of("write `log`, `log at most 10/s` or `log because \"REASON\"`");
        }
        if (line instanceof WallParser.EffectContext && before.getType() == WallLexer.LOG && is(WallLexer.RING)) {
            return Optional.of("write `log ring 4M` outside of blocks, since all rules write to one ring");
        }
        if (isIn(WallParser.AnsweredContext.class)) {
            return Optional.of("write `answer 203.0.113.9:80` or `answer [2001:db8::1]:80`");
        }
        if (line instanceof WallParser.EffectContext) {
            return Optional.of(Words.EFFECT_HELP);
        }
        if (isIn(WallParser.DestinationContext.class)) {
            return Optional.of("write `redirect 127.0.0.1:3128`, `redirect [::1]:3128` or `redirect TABLE`");
        }
        if (isIn(WallParser.WithinContext.class)) {
            return Optional.of("write `within RATE` or `within RATE else deny`");
        }
        if (isIn(WallParser.AfterContext.class) || is(WallLexer.AFTER)) {
            return Optional.of("write the pause first: `after 500ms connect tcp 1.1.1.1:443 => allow`");
        }
        if (line instanceof WallParser.TestCaseContext) {
            return Optional.of(PROBE_FORMS.getOrDefault(first, Words.ATTEMPT_HELP) + PolicyParser.VERDICT_HELP);
        }
        if (line instanceof WallParser.StatementContext) {
            return behindAnOperator();
        }
        return formOfTheItem(first);
    }

    private boolean isIn(Class<? extends ParserRuleContext> kind) {
        for (ParserRuleContext up = form; up != null && up != line; up = up.getParent()) {
            if (kind.isInstance(up)) {
                return true;
            }
        }
        return false;
    }

    private Optional<String> formOfTheItem(String first) {
        return Optional.ofNullable(
                switch (line.getStart().getType()) {
                    case WallLexer.POLICY ->
                        lineShouldEnd() && Words.isName(before) && Words.isName(token)
                                ? "join the words of a name with `_`: `policy %s_%s`"
                                        .formatted(before.getText(), Words.joined(token))
                                : "write `policy NAME`";
                    case WallLexer.REQUIRES -> "write `requires kernel 6.1`";
                    case WallLexer.ANSWER -> "write `answer SO_ORIGINAL_DST`";
                    case WallLexer.LOG ->
                        "write `log ring 4M` for the size of the ring; the effect `log` is written in a rule: `deny { log }`";
                    case WallLexer.SET -> "write `set NAME = { … }`";
                    case WallLexer.PREDICATE -> "write `predicate NAME = GUARD`";
                    case WallLexer.INCLUDE -> "write `include \"common.wall\"`";
                    case WallLexer.PARAM -> "write `param NAME : TYPE in LOW..HIGH = VALUE`";
                    case WallLexer.LIVE -> "write `live set NAME : net within { … } max 1024`";
                    case WallLexer.TABLE ->
                        "write `table NAME [FIELD, …] within { ADDRESSES } : PORTS max 64 default deny`";
                    case WallLexer.COUNTER -> "write `counter NAME [FIELD, …] { tries: attempts } max 1024`";
                    case WallLexer.RATE -> "write `rate NAME per FIELD 100/s burst 200 max 1024`";
                    case WallLexer.MONITOR -> "write `monitor` before `policy`, a block or a rule";
                    case WallLexer.ON -> "write `on HOOK { … }`";
                    case WallLexer.TEST -> "write `test \"sentence\" { … }`";
                    case WallLexer.PACKETS -> "write `packets ingress { … }` or `packets egress { … }`";
                    default -> "write `%s { … }`".formatted(first);
                });
    }
}
