// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ringwall.compiler.ast.DeviceNumber;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.sema.text.Constants;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.QuotedText;

/**
 * A reader of one line of a list, which becomes an element as in the text of a policy; empty after
 * a report.
 */
final class ListEntry {
    private static final Pattern INTEGER = Pattern.compile("0x[0-9a-fA-F][0-9a-fA-F_]*|[0-9][0-9_]*");
    private static final Pattern DOTTED = Pattern.compile("[0-9]+(?:(?:\\.[0-9]++)++(?:/[0-9]+)?|/[0-9]+)");
    private static final Pattern IPV6 =
            Pattern.compile("[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:]*(?:[0-9]+(?:\\.[0-9]+){3})?(?:/[0-9]+)?");
    private static final Pattern STRING = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"");
    private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final String NUMBER = "(\\*|[0-9a-fA-Fx_]+(?:\\.\\.[0-9a-fA-Fx_]+)?)";
    private static final Pattern DEVICE = Pattern.compile("(char|block)[ \\t]+" + NUMBER + ":" + NUMBER);
    private static final Pattern OPTION = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*|[0-9]+):([0-9][0-9_]*)");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_-]++(?:\\.[A-Za-z0-9_-]++)++\\.?|localhost");
    private static final Pattern DASH =
            Pattern.compile("([0-9.]+|[0-9a-fA-F:]+)[ \\t]*-[ \\t]*([0-9.]+|[0-9a-fA-F:]+)");

    private final SourceFile file;
    private final Declarations declarations;
    private final Findings findings;

    ListEntry(SourceFile file, Declarations declarations, Findings findings) {
        this.file = file;
        this.declarations = declarations;
        this.findings = findings;
    }

    /** Reads the element at this span. */
    Optional<Element> read(Span at) {
        String text = at.text();
        Optional<Value> value = single(at, text);
        if (value.isPresent()) {
            return value.map(one -> new Element.Single(one, at));
        }
        int dots = text.indexOf("..");
        if (dots > 0 && !text.startsWith("\"")) {
            return range(at, text, dots);
        }
        return refuse(at, text);
    }

    private Optional<Value> single(Span at, String text) {
        Optional<Value> literal = literal(at, text);
        if (literal.isPresent()) {
            return literal;
        }
        if (STRING.matcher(text).matches()) {
            QuotedText quoted = QuotedText.read(text.substring(1, text.length() - 1));
            return quoted.problem().isEmpty() ? Optional.of(new Value.Text(quoted.text(), at)) : Optional.empty();
        }
        if (WORD.matcher(text).matches() && Constants.named(text).isPresent()) {
            return Optional.of(new Value.Reference(text, at));
        }
        Matcher device = DEVICE.matcher(text);
        if (device.matches()) {
            return device(at, device);
        }
        Matcher option = OPTION.matcher(text);
        return option.matches() ? Optional.of(option(at, option)) : Optional.empty();
    }

    private static Optional<Value> literal(Span at, String text) {
        return form(text).map(form -> new Value.Literal(form, text, at));
    }

    private static Optional<Value.Literal.Form> form(String text) {
        if (INTEGER.matcher(text).matches()) {
            return Optional.of(Value.Literal.Form.INTEGER);
        }
        if (DOTTED.matcher(text).matches()) {
            return Optional.of(Value.Literal.Form.DOTTED);
        }
        return IPV6.matcher(text).matches() ? Optional.of(Value.Literal.Form.IPV6) : Optional.empty();
    }

    private Span part(Span whole, int from, int to) {
        return file.span(whole.start() + from, whole.start() + to);
    }

    private Optional<Value> device(Span at, Matcher device) {
        Value.Device.Type type = device.group(1).equals("char") ? Value.Device.Type.CHAR : Value.Device.Type.BLOCK;
        Optional<DeviceNumber> major = number(part(at, device.start(2), device.end(2)));
        Optional<DeviceNumber> minor = number(part(at, device.start(3), device.end(3)));
        return major.flatMap(high -> minor.map(low -> new Value.Device(type, high, low, at)));
    }

    private Optional<DeviceNumber> number(Span at) {
        String text = at.text();
        if (text.equals("*")) {
            return Optional.of(new DeviceNumber.Any(at));
        }
        int dots = text.indexOf("..");
        if (dots < 0) {
            return integer(at).map(value -> new DeviceNumber.Exactly(value, at));
        }
        Optional<Value.Literal> low = integer(part(at, 0, dots));
        Optional<Value.Literal> high = integer(part(at, dots + 2, text.length()));
        return low.flatMap(from -> high.map(to -> new DeviceNumber.Between(from, to, at)));
    }

    private static Optional<Value.Literal> integer(Span at) {
        return INTEGER.matcher(at.text()).matches()
                ? Optional.of(new Value.Literal(Value.Literal.Form.INTEGER, at.text(), at))
                : Optional.empty();
    }

    private Value option(Span at, Matcher option) {
        Span level = part(at, 0, option.end(1));
        Span number = part(at, option.start(2), option.end(2));
        Value written = INTEGER.matcher(level.text()).matches()
                ? new Value.Literal(Value.Literal.Form.INTEGER, level.text(), level)
                : new Value.Reference(level.text(), level);
        return new Value.Option(written, new Value.Literal(Value.Literal.Form.INTEGER, number.text(), number), at);
    }

    private Optional<Element> range(Span at, String text, int dots) {
        String low = text.substring(0, dots).stripTrailing();
        String high = text.substring(dots + 2).stripLeading();
        Optional<Value> from = literal(part(at, 0, low.length()), low);
        Optional<Value> to = literal(part(at, text.length() - high.length(), text.length()), high);
        return from.isPresent() && to.isPresent()
                ? Optional.of(new Element.Range(from.get(), to.get(), at))
                : refuse(at, text);
    }

    private Optional<Element> refuse(Span at, String text) {
        String shown = text.replaceAll("\\p{Cntrl}", "\uFFFD");
        if (HOST.matcher(text).matches()) {
            findings.add(Diagnostic.of(Code.HOST_NAME, at, "`%s` is not an address".formatted(shown))
                    .label("a host name?")
                    .help("write the addresses; names are not resolved"));
            return Optional.empty();
        }
        if (declarations.find(text).isPresent()) {
            findings.add(Diagnostic.of(Code.LIST_ENTRY, at, "the list refers to `%s` of the policy".formatted(shown))
                    .help("write `{ file \"…\", %s }` in the policy; a list can contain only constants"
                            .formatted(shown)));
            return Optional.empty();
        }
        findings.add(Diagnostic.of(Code.LIST_ENTRY, at, "`%s` is not a list entry".formatted(shown))
                .help(help(text)));
        return Optional.empty();
    }

    private static String help(String text) {
        Matcher dash = DASH.matcher(text);
        if (dash.matches()) {
            return "write `%s..%s`".formatted(dash.group(1), dash.group(2));
        }
        if (text.endsWith(",") || text.endsWith(";")) {
            return "remove the `%s`; each entry ends with its line".formatted(text.substring(text.length() - 1));
        }
        if (text.startsWith("//") || text.startsWith(";") || text.startsWith("!")) {
            return "write `#` to start a comment in a list";
        }
        if (text.startsWith("/")) {
            return "write it in quotes";
        }
        if (text.indexOf(',') >= 0 || text.indexOf(' ') >= 0 || text.indexOf('\t') >= 0) {
            return "write one entry per line, and `#` before comments";
        }
        return "write an address, a prefix, a number, a range, a device, a word of the language or a string in quotes";
    }
}
