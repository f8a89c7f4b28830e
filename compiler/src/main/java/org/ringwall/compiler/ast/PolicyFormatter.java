// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.compiler.value.QuotedText;

/**
 * A formatter of syntax trees as canonical policy text: one rule per line, two spaces of indent,
 * parentheses only where necessary. Parsing the text yields an equal tree except for spans;
 * comments are not part of the tree and are lost.
 */
public final class PolicyFormatter {
    /** The line length above which a set is written with one element per line. */
    private static final int LONGEST = 100;

    private static final Guards GUARDS = new Guards();
    private static final Values VALUES = new Values();

    private PolicyFormatter() {}

    /** Formats the whole policy, with a final newline. */
    public static String format(PolicyFile file) {
        StringBuilder out = new StringBuilder(monitor(file.monitored()))
                .append("policy ")
                .append(file.name().text())
                .append('\n');
        Items items = new Items();
        boolean tight = false;
        for (Item item : file.items()) {
            boolean oneLine = !(item instanceof Item.OfRules || item instanceof Item.Test);
            out.append(tight && oneLine ? "" : "\n").append(item.accept(items)).append('\n');
            tight = oneLine;
        }
        return out.toString();
    }

    /** Formats a guard in one line. */
    public static String format(Expr guard) {
        return guard.accept(GUARDS);
    }

    /** Formats a rule in one line. */
    public static String format(Statement statement) {
        return statement.accept(new Statement.Visitor<>() {
            @Override
            public String rule(Statement.Rule rule) {
                return monitor(rule.monitored())
                        + verdict(rule.verdict())
                        + rule.guard().map(guard -> " if " + format(guard)).orElse("")
                        + rule.within().map(PolicyFormatter::within).orElse("")
                        + behind(rule.effects());
            }

            @Override
            public String when(Statement.When when) {
                return "when " + format(when.guard()) + behind(when.effects());
            }

            @Override
            public String fallback(Statement.Default fallback) {
                return "default " + verdict(fallback.verdict()) + behind(fallback.effects());
            }
        });
    }

    private static String monitor(boolean monitored) {
        return monitored ? "monitor " : "";
    }

    private static String within(Statement.Within within) {
        return " within " + within.rate().text()
                + within.otherwise().map(verdict -> " else " + verdict(verdict)).orElse("");
    }

    private static String behind(List<Effect> effects) {
        return effects.isEmpty() ? "" : " " + format(effects);
    }

    /** Formats effects in one line, with braces. */
    public static String format(List<Effect> effects) {
        return effects.isEmpty()
                ? "{}"
                : effects.stream().map(PolicyFormatter::format).collect(Collectors.joining("; ", "{ ", " }"));
    }

    /** Formats an effect. */
    public static String format(Effect effect) {
        return effect.accept(new Effect.Visitor<>() {
            @Override
            public String assign(Effect.Assign assign) {
                return "assign %s = %s".formatted(assign.field().text(), format(assign.value()));
            }

            @Override
            public String setOption(Effect.SetOption set) {
                return "setsockopt " + set.option().text() + " = " + format(set.value());
            }

            @Override
            public String reply(Effect.Reply reply) {
                return "reply " + format(reply.value());
            }

            @Override
            public String log(Effect.Log log) {
                return "log"
                        + log.limit().map(pace -> " at most " + pace.text()).orElse("")
                        + log.because().map(PolicyFormatter::reason).orElse("");
            }

            @Override
            public String because(Effect.Because because) {
                return reason(because.reason()).strip();
            }

            @Override
            public String count(Effect.Count count) {
                return "count " + count.counter().text();
            }

            @Override
            public String answered(Effect.Answered answered) {
                return "answer " + Probes.endpoint(answered.destination());
            }
        });
    }

    private static String reason(Value.Text reason) {
        return " because " + format(reason);
    }

    /** Formats a value. */
    public static String format(Value value) {
        return value.accept(VALUES);
    }

    /** Formats an attempt. */
    public static String format(Probe probe) {
        return probe.accept(new Probes());
    }

    /** Formats a verdict. */
    public static String verdict(Verdict verdict) {
        return verdict.accept(new Verdict.Visitor<>() {
            @Override
            public String allow(Verdict.Allow allow) {
                return "allow" + suffix(allow.word());
            }

            @Override
            public String deny(Verdict.Deny deny) {
                return "deny" + suffix(deny.word());
            }

            @Override
            public String redirect(Verdict.Redirect redirect) {
                return "redirect " + destination(redirect.to());
            }
        });
    }

    private static String destination(Verdict.Destination destination) {
        if (destination instanceof Verdict.Place place) {
            return Probes.host(place.address()) + ":" + format(place.port());
        }
        Verdict.Entry entry = (Verdict.Entry) destination;
        return entry.table().text() + entry.key().map(PolicyFormatter::key).orElse("");
    }

    private static String key(List<FieldRef> key) {
        return fields(key, "[", "]");
    }

    private static String fields(List<FieldRef> key, String before, String behind) {
        return key.isEmpty() ? "" : key.stream().map(FieldRef::text).collect(Collectors.joining(", ", before, behind));
    }

    private static String suffix(Optional<Name> name) {
        return name.map(word -> " " + word.text()).orElse("");
    }

    private static String set(SetExpr set) {
        String removed =
                set.removed().stream().map(group -> " except " + group(group)).collect(Collectors.joining());
        return base(set.base()) + removed;
    }

    private static String base(SetExpr.Group group) {
        boolean name = group.elements().size() == 1
                && group.elements().get(0) instanceof Element.Single single
                && single.value() instanceof Value.Reference;
        return name ? element(group.elements().get(0)) : group(group);
    }

    private static String group(SetExpr.Group group) {
        List<String> elements =
                group.elements().stream().map(PolicyFormatter::element).toList();
        if (elements.isEmpty()) {
            return "{}";
        }
        int length = elements.stream().mapToInt(element -> element.length() + 2).sum();
        if (length > LONGEST) {
            return "{\n  " + String.join(",\n  ", elements) + ",\n}";
        }
        return "{ " + String.join(", ", elements) + " }";
    }

    private static String element(Element element) {
        return element.accept(new Element.Visitor<>() {
            @Override
            public String single(Element.Single single) {
                return format(single.value());
            }

            @Override
            public String range(Element.Range range) {
                return format(range.low()) + ".." + format(range.high());
            }

            @Override
            public String listed(Element.Listed listed) {
                return "file " + format(listed.path());
            }
        });
    }

    private static String testCase(TestCase test) {
        StringBuilder line = new StringBuilder();
        test.after()
                .ifPresent(after -> line.append("after ").append(after.text()).append(' '));
        line.append(format(test.probe()));
        if (!test.bindings().isEmpty()) {
            line.append(" with ")
                    .append(test.bindings().stream()
                            .map(PolicyFormatter::binding)
                            .collect(Collectors.joining(", ")));
        }
        if (!test.identity().isEmpty()) {
            line.append(" as ")
                    .append(test.identity().stream()
                            .map(PolicyFormatter::attribute)
                            .collect(Collectors.joining(" ")));
        }
        line.append(" => ").append(verdict(test.expected()));
        test.because().ifPresent(because -> line.append(reason(because)));
        test.effects().ifPresent(effects -> line.append(' ').append(format(effects)));
        return line.toString();
    }

    private static String binding(TestCase.Binding binding) {
        String name = binding.name().text();
        if (binding instanceof TestCase.ValueBinding one) {
            return name + " = " + format(one.value());
        } else if (binding instanceof TestCase.MemberBinding members) {
            return name + " = " + group(members.members());
        }
        TestCase.EntryBinding entry = (TestCase.EntryBinding) binding;
        String key = entry.key().stream().map(PolicyFormatter::format).collect(Collectors.joining(", "));
        String destinations =
                entry.destinations().stream().map(Probes::endpoint).collect(Collectors.joining(", "));
        return entry.destinations().isEmpty()
                ? "%s[%s] = {}".formatted(name, key)
                : "%s[%s] = { %s }".formatted(name, key, destinations);
    }

    private static String attribute(TestCase.Attribute attribute) {
        String index = attribute.index().map(level -> " " + format(level)).orElse("");
        return attribute.name().text() + index + " " + format(attribute.value());
    }

    private static String braces(String head, List<String> lines) {
        return head
                + lines.stream()
                        .map(line -> "  " + line.replace("\n", "\n  ") + "\n")
                        .collect(Collectors.joining("", " {\n", "}"));
    }

    private static final class Items implements Item.Visitor<String> {
        @Override
        public String requires(Item.Requires requires) {
            return "requires kernel " + requires.version().text();
        }

        @Override
        public String answer(Item.Answer answer) {
            return "answer " + answer.option().text();
        }

        @Override
        public String ringSize(Item.RingSize ring) {
            return "log ring " + ring.size().text();
        }

        @Override
        public String set(Item.SetDeclaration set) {
            return "set %s = %s".formatted(set.name().text(), PolicyFormatter.set(set.value()));
        }

        @Override
        public String predicate(Item.Predicate predicate) {
            return "predicate %s = %s".formatted(predicate.name().text(), format(predicate.guard()));
        }

        @Override
        public String include(Item.Include include) {
            return "include " + format(include.path());
        }

        @Override
        public String param(Item.Param param) {
            return "param %s : %s in %s..%s = %s"
                    .formatted(
                            param.name().text(),
                            param.type().text(),
                            format(param.low()),
                            format(param.high()),
                            format(param.initial()));
        }

        @Override
        public String liveSet(Item.LiveSet set) {
            return "live set %s : %s".formatted(set.name().text(), set.type().text())
                    + set.within()
                            .map(within -> " within " + PolicyFormatter.set(within))
                            .orElse("")
                    + " max " + set.max().text();
        }

        @Override
        public String table(Item.Table table) {
            return "table %s %s within %s : %s"
                            .formatted(
                                    table.name().text(),
                                    key(table.key()),
                                    PolicyFormatter.set(table.within()),
                                    PolicyFormatter.set(table.ports()))
                    + number("max", Optional.of(table.max()))
                    + number("choices", table.choices())
                    + " default " + table.otherwise().map(Probes::endpoint).orElse("deny");
        }

        private static String number(String word, Optional<Value.Literal> number) {
            return number.map(literal -> " " + word + " " + literal.text()).orElse("");
        }

        @Override
        public String counter(Item.Counter counter) {
            String columns = counter.columns().stream()
                    .map(column -> column.name().text() + ": " + column.unit().text())
                    .collect(Collectors.joining(", "));
            return "counter %s%s {%s}"
                            .formatted(
                                    counter.name().text(),
                                    fields(counter.key(), " [", "]"),
                                    columns.isEmpty() ? "" : " " + columns + " ")
                    + number("max", counter.max())
                    + (counter.evicts() ? " lru" : "");
        }

        @Override
        public String rate(Item.Rate rate) {
            return "rate " + rate.name().text() + fields(rate.key(), " per ", "") + " "
                    + rate.pace().text() + number("burst", rate.burst()) + number("max", rate.max());
        }

        @Override
        public String intent(Item.IntentBlock block) {
            return braces(
                    monitor(block.monitored()) + block.intent().word() + suffix(block.label()),
                    lines(block.statements()));
        }

        @Override
        public String hook(Item.HookBlock block) {
            return braces(monitor(block.monitored()) + "on " + block.hook().text(), lines(block.statements()));
        }

        @Override
        public String test(Item.Test test) {
            return braces(
                    "test " + format(test.sentence()),
                    test.cases().stream().map(PolicyFormatter::testCase).toList());
        }

        private static List<String> lines(List<Statement> statements) {
            return statements.stream().map(PolicyFormatter::format).toList();
        }
    }

    private static final class Guards implements Expr.Visitor<String> {
        @Override
        public String or(Expr.Or or) {
            return or.operands().stream()
                    .map(operand -> operand instanceof Expr.Or ? bracketed(operand) : format(operand))
                    .collect(Collectors.joining(" or "));
        }

        @Override
        public String and(Expr.And and) {
            return and.operands().stream().map(Guards::tight).collect(Collectors.joining(" and "));
        }

        @Override
        public String not(Expr.Not not) {
            return "not " + tight(not.operand());
        }

        @Override
        public String compare(Expr.Compare compare) {
            return "%s %s %s"
                    .formatted(compare.field().text(), compare.operator().text(), format(compare.value()));
        }

        @Override
        public String member(Expr.Member member) {
            return "%s %s %s"
                    .formatted(
                            member.field().text(),
                            member.negated() ? "not in" : "in",
                            PolicyFormatter.set(member.set()));
        }

        @Override
        public String match(Expr.Match match) {
            return "%s %s%s %s"
                    .formatted(
                            match.field().text(),
                            match.negated() ? "not " : "",
                            match.kind().word(),
                            patterns(match.patterns()));
        }

        /** A single string needs no braces. */
        private static String patterns(SetExpr patterns) {
            boolean one = patterns.removed().isEmpty()
                    && patterns.base().elements().size() == 1
                    && patterns.base().elements().get(0) instanceof Element.Single single
                    && single.value() instanceof Value.Text;
            return one ? element(patterns.base().elements().get(0)) : PolicyFormatter.set(patterns);
        }

        @Override
        public String flag(Expr.Flag flag) {
            return flag.field().text();
        }

        private static String tight(Expr operand) {
            return operand instanceof Expr.Or || operand instanceof Expr.And ? bracketed(operand) : format(operand);
        }

        private static String bracketed(Expr guard) {
            return "(" + format(guard) + ")";
        }
    }

    private static final class Values implements Value.Visitor<String> {
        @Override
        public String literal(Value.Literal literal) {
            return literal.text();
        }

        @Override
        public String text(Value.Text text) {
            return QuotedText.quote(text.value());
        }

        @Override
        public String reference(Value.Reference reference) {
            return reference.name();
        }

        @Override
        public String device(Value.Device device) {
            String type = device.type() == Value.Device.Type.CHAR ? "char" : "block";
            return "%s %s:%s".formatted(type, number(device.major()), number(device.minor()));
        }

        @Override
        public String option(Value.Option option) {
            return format(option.level()) + ":" + format(option.number());
        }

        private static String number(DeviceNumber number) {
            return number.accept(new DeviceNumber.Visitor<>() {
                @Override
                public String any(DeviceNumber.Any any) {
                    return "*";
                }

                @Override
                public String exactly(DeviceNumber.Exactly exactly) {
                    return exactly.number().text();
                }

                @Override
                public String between(DeviceNumber.Between between) {
                    return between.low().text() + ".." + between.high().text();
                }
            });
        }
    }

    private static final class Probes implements Probe.Visitor<String> {
        @Override
        public String network(Probe.Network network) {
            return "%s %s %s"
                    .formatted(network.action().word(), network.protocol().text(), endpoint(network.endpoint()));
        }

        private static String endpoint(Probe.Endpoint endpoint) {
            return host(endpoint.address())
                    + endpoint.port().map(port -> ":" + port.text()).orElse("");
        }

        private static String host(Value.Literal address) {
            boolean v6 = address.form() == Value.Literal.Form.IPV6;
            return v6 ? "[" + address.text() + "]" : address.text();
        }

        @Override
        public String unixAddress(Probe.UnixAddress address) {
            return "%s unix %s".formatted(address.action().word(), format(address.path()));
        }

        @Override
        public String socket(Probe.Socket socket) {
            return kind("socket", socket.family(), socket.type(), socket.protocol());
        }

        @Override
        public String close(Probe.Close close) {
            return kind("close", close.family(), close.type(), close.protocol());
        }

        private static String kind(String verb, Name family, Name type, Optional<Value> protocol) {
            return "%s %s %s".formatted(verb, family.text(), type.text())
                    + protocol.map(value -> " " + format(value)).orElse("");
        }

        @Override
        public String open(Probe.Open open) {
            return "open %s %s".formatted(format(open.device()), open.access().text());
        }

        @Override
        public String mknod(Probe.Mknod mknod) {
            return "mknod " + format(mknod.device());
        }

        @Override
        public String sysctl(Probe.Sysctl sysctl) {
            String verb = sysctl.action() == Probe.Sysctl.Action.READ ? "read" : "write";
            return verb + " " + format(sysctl.name()) + assigned(sysctl.value());
        }

        private static String assigned(Optional<Value> value) {
            return value.map(one -> " = " + format(one)).orElse("");
        }

        @Override
        public String socketOption(Probe.SocketOption option) {
            return option.action().word() + " " + option.option().text() + assigned(option.value());
        }

        @Override
        public String packet(Probe.Packet packet) {
            return "packet %s %s %s"
                    .formatted(
                            packet.direction().word(),
                            format(packet.protocol()),
                            ends(packet.remote(), packet.local(), packet.details()));
        }

        @Override
        public String event(Probe.Event event) {
            return "event %s %s".formatted(event.name().text(), ends(event.remote(), event.local(), event.details()));
        }

        private static String ends(Probe.Endpoint remote, Optional<Probe.Endpoint> local, List<Probe.Detail> details) {
            String more = details.stream()
                    .map(detail -> " " + detail.name().text()
                            + detail.value().map(value -> " " + format(value)).orElse(""))
                    .collect(Collectors.joining());
            return endpoint(remote)
                    + local.map(end -> " local " + endpoint(end)).orElse("")
                    + more;
        }
    }
}
