// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ast;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A printer of syntax trees as nested lists, `(kind part …)`, one for each record of the tree.
 * Lists that fit are printed on one line. Spans are left out.
 */
public final class AstPrinter {
    private static final int LONGEST = 100;

    private AstPrinter() {}

    /** Prints the whole tree, with a final newline. */
    public static String print(PolicyFile file) {
        StringBuilder out = new StringBuilder();
        policy(file).print(out, 0);
        return out.append('\n').toString();
    }

    /** A list with a head, or a bare word if there are no parts. */
    private record Form(String head, List<Form> parts) {
        static Form word(String text) {
            return new Form(text, List.of());
        }

        String flat() {
            if (parts.isEmpty()) {
                return head;
            }
            StringBuilder line = new StringBuilder("(").append(head);
            parts.forEach(part -> line.append(' ').append(part.flat()));
            return line.append(')').toString();
        }

        void print(StringBuilder out, int indent) {
            String flat = flat();
            if (parts.isEmpty() || flat.length() + indent <= LONGEST) {
                out.append(flat);
                return;
            }
            out.append('(').append(head);
            for (Form part : parts) {
                out.append('\n').append(" ".repeat(indent + 2));
                part.print(out, indent + 2);
            }
            out.append(')');
        }
    }

    private static Form form(String head, Form... parts) {
        return new Form(head, List.of(parts));
    }

    private static Form form(String head, Stream<Form> parts) {
        return new Form(head, parts.toList());
    }

    private static Form word(String text) {
        return Form.word(text);
    }

    private static Form policy(PolicyFile file) {
        Items items = new Items();
        Stream<Form> name = Stream.of(word(file.name().text()));
        String head = monitored(file.monitored()) + "policy";
        return form(head, Stream.concat(name, file.items().stream().map(item -> item.accept(items))));
    }

    private static String monitored(boolean monitored) {
        return monitored ? "monitored-" : "";
    }

    private static Form key(List<FieldRef> key) {
        return form("key", key.stream().map(field -> word(field.text())));
    }

    private static Form set(SetExpr set) {
        Form base = group("set", set.base());
        return set.removed().isEmpty()
                ? base
                : form(
                        "except",
                        Stream.concat(Stream.of(base), set.removed().stream().map(group -> group("set", group))));
    }

    /** An empty group is printed as a list: `(set ())`. */
    private static Form group(String head, SetExpr.Group group) {
        return group.elements().isEmpty()
                ? form(head, word("()"))
                : form(head, group.elements().stream().map(AstPrinter::element));
    }

    private static Form element(Element element) {
        return element.accept(new Element.Visitor<>() {
            @Override
            public Form single(Element.Single single) {
                return value(single.value());
            }

            @Override
            public Form range(Element.Range range) {
                return form("range", value(range.low()), value(range.high()));
            }

            @Override
            public Form listed(Element.Listed listed) {
                return form("file", value(listed.path()));
            }
        });
    }

    private static Form value(Value value) {
        return value.accept(new Values());
    }

    private static Form verdict(Verdict verdict) {
        return verdict.accept(new Verdict.Visitor<>() {
            @Override
            public Form allow(Verdict.Allow allow) {
                return form("allow", allow.word().stream().map(name -> word(name.text())));
            }

            @Override
            public Form deny(Verdict.Deny deny) {
                return form("deny", deny.word().stream().map(name -> word(name.text())));
            }

            @Override
            public Form redirect(Verdict.Redirect redirect) {
                return form("redirect", destination(redirect.to()));
            }
        });
    }

    private static Form destination(Verdict.Destination destination) {
        if (destination instanceof Verdict.Place place) {
            return form("place", value(place.address()), value(place.port()));
        }
        Verdict.Entry entry = (Verdict.Entry) destination;
        Stream<Form> key = entry.key().stream().map(AstPrinter::key);
        return form("entry", Stream.concat(Stream.of(word(entry.table().text())), key));
    }

    private static Form within(Statement.Within within) {
        Stream<Form> rate = Stream.of(word(within.rate().text()));
        return form("within", Stream.concat(rate, within.otherwise().stream().map(AstPrinter::verdict)));
    }

    private static Form statement(Statement statement) {
        return statement.accept(new Statement.Visitor<>() {
            @Override
            public Form rule(Statement.Rule rule) {
                Stream<Form> guard = rule.guard().stream().map(AstPrinter::guard);
                Stream<Form> within = rule.within().stream().map(AstPrinter::within);
                Stream<Form> head = Stream.concat(Stream.of(verdict(rule.verdict())), guard);
                return form(
                        monitored(rule.monitored()) + "rule",
                        Stream.concat(Stream.concat(head, within), effects(rule.effects())));
            }

            @Override
            public Form when(Statement.When when) {
                return form("when", Stream.concat(Stream.of(guard(when.guard())), effects(when.effects())));
            }

            @Override
            public Form fallback(Statement.Default fallback) {
                Stream<Form> verdict = Stream.of(verdict(fallback.verdict()));
                return form("default", Stream.concat(verdict, effects(fallback.effects())));
            }
        });
    }

    private static Stream<Form> effects(List<Effect> effects) {
        return effects.stream()
                .map(effect -> effect.accept(new Effect.Visitor<>() {
                    @Override
                    public Form assign(Effect.Assign assign) {
                        return form("assign", word(assign.field().text()), value(assign.value()));
                    }

                    @Override
                    public Form setOption(Effect.SetOption set) {
                        return form("setsockopt", word(set.option().text()), value(set.value()));
                    }

                    @Override
                    public Form reply(Effect.Reply reply) {
                        return form("reply", value(reply.value()));
                    }

                    @Override
                    public Form log(Effect.Log log) {
                        Stream<Form> limit = log.limit().stream().map(pace -> form("at-most", word(pace.text())));
                        return form(
                                "log",
                                Stream.concat(limit, log.because().stream().map(AstPrinter::reason)));
                    }

                    @Override
                    public Form because(Effect.Because because) {
                        return reason(because.reason());
                    }

                    @Override
                    public Form count(Effect.Count count) {
                        return form("count", word(count.counter().text()));
                    }

                    @Override
                    public Form answered(Effect.Answered answered) {
                        return form("answer", Probes.endpoint(answered.destination()));
                    }
                }));
    }

    private static Form reason(Value.Text reason) {
        return form("because", value(reason));
    }

    private static Form guard(Expr guard) {
        return guard.accept(new Guards());
    }

    private static Form testCase(TestCase test) {
        List<Form> parts = new ArrayList<>();
        test.after().ifPresent(after -> parts.add(form("after", word(after.text()))));
        parts.add(test.probe().accept(new Probes()));
        test.bindings().forEach(binding -> parts.add(binding(binding)));
        if (!test.identity().isEmpty()) {
            parts.add(form("as", test.identity().stream().map(AstPrinter::attribute)));
        }
        parts.add(verdict(test.expected()));
        test.because().ifPresent(because -> parts.add(reason(because)));
        test.effects().ifPresent(effects -> parts.add(form("effects", effects(effects))));
        return new Form("case", parts);
    }

    private static Form binding(TestCase.Binding binding) {
        Form name = word(binding.name().text());
        if (binding instanceof TestCase.ValueBinding one) {
            return form("with", name, value(one.value()));
        } else if (binding instanceof TestCase.MemberBinding members) {
            return form("with", name, group("set", members.members()));
        }
        TestCase.EntryBinding entry = (TestCase.EntryBinding) binding;
        Form key = form("key", entry.key().stream().map(AstPrinter::value));
        Stream<Form> destinations = entry.destinations().stream().map(place -> form("place", Probes.endpoint(place)));
        return form("with", Stream.concat(Stream.of(name, key), destinations));
    }

    private static Form attribute(TestCase.Attribute attribute) {
        Stream<Form> index = attribute.index().stream().map(AstPrinter::value);
        return form(attribute.name().text(), Stream.concat(index, Stream.of(value(attribute.value()))));
    }

    private static final class Items implements Item.Visitor<Form> {
        @Override
        public Form requires(Item.Requires requires) {
            return form("requires", value(requires.version()));
        }

        @Override
        public Form answer(Item.Answer answer) {
            return form("answer", word(answer.option().text()));
        }

        @Override
        public Form ringSize(Item.RingSize ring) {
            return form("log-ring", value(ring.size()));
        }

        @Override
        public Form set(Item.SetDeclaration set) {
            return form("define", word(set.name().text()), AstPrinter.set(set.value()));
        }

        @Override
        public Form predicate(Item.Predicate predicate) {
            return form("predicate", word(predicate.name().text()), guard(predicate.guard()));
        }

        @Override
        public Form include(Item.Include include) {
            return form("include", value(include.path()));
        }

        @Override
        public Form param(Item.Param param) {
            return form(
                    "param",
                    word(param.name().text()),
                    word(param.type().text()),
                    value(param.low()),
                    value(param.high()),
                    value(param.initial()));
        }

        @Override
        public Form liveSet(Item.LiveSet set) {
            List<Form> parts = new ArrayList<>();
            parts.add(word(set.name().text()));
            parts.add(word(set.type().text()));
            set.within().ifPresent(within -> parts.add(form("within", AstPrinter.set(within))));
            parts.add(form("max", value(set.max())));
            return new Form("live", parts);
        }

        @Override
        public Form table(Item.Table table) {
            List<Form> parts = new ArrayList<>();
            parts.add(word(table.name().text()));
            parts.add(key(table.key()));
            parts.add(form("within", AstPrinter.set(table.within()), AstPrinter.set(table.ports())));
            parts.add(form("max", value(table.max())));
            table.choices().ifPresent(choices -> parts.add(form("choices", value(choices))));
            parts.add(form(
                    "default",
                    table.otherwise()
                            .map(place -> form("place", Probes.endpoint(place)))
                            .orElse(word("deny"))));
            return new Form("table", parts);
        }

        @Override
        public Form counter(Item.Counter counter) {
            List<Form> parts = new ArrayList<>();
            parts.add(word(counter.name().text()));
            parts.add(key(counter.key()));
            counter.columns()
                    .forEach(column -> parts.add(form(
                            "column",
                            word(column.name().text()),
                            word(column.unit().text()))));
            counter.max().ifPresent(max -> parts.add(form("max", value(max))));
            if (counter.evicts()) {
                parts.add(word("lru"));
            }
            return new Form("counter", parts);
        }

        @Override
        public Form rate(Item.Rate rate) {
            List<Form> parts = new ArrayList<>();
            parts.add(word(rate.name().text()));
            parts.add(key(rate.key()));
            parts.add(word(rate.pace().text()));
            rate.burst().ifPresent(burst -> parts.add(form("burst", value(burst))));
            rate.max().ifPresent(max -> parts.add(form("max", value(max))));
            return new Form("rate", parts);
        }

        @Override
        public Form intent(Item.IntentBlock block) {
            Stream<Form> label = block.label().stream().map(name -> form("label", word(name.text())));
            Stream<Form> rules = block.statements().stream().map(AstPrinter::statement);
            return form(monitored(block.monitored()) + block.intent().word(), Stream.concat(label, rules));
        }

        @Override
        public Form hook(Item.HookBlock block) {
            Stream<Form> hook = Stream.of(word(block.hook().text()));
            return form(
                    monitored(block.monitored()) + "on",
                    Stream.concat(hook, block.statements().stream().map(AstPrinter::statement)));
        }

        @Override
        public Form test(Item.Test test) {
            Stream<Form> sentence = Stream.of(value(test.sentence()));
            return form("test", Stream.concat(sentence, test.cases().stream().map(AstPrinter::testCase)));
        }
    }

    private static final class Guards implements Expr.Visitor<Form> {
        @Override
        public Form or(Expr.Or or) {
            return form("or", or.operands().stream().map(AstPrinter::guard));
        }

        @Override
        public Form and(Expr.And and) {
            return form("and", and.operands().stream().map(AstPrinter::guard));
        }

        @Override
        public Form not(Expr.Not not) {
            return form("not", guard(not.operand()));
        }

        @Override
        public Form compare(Expr.Compare compare) {
            return form(compare.operator().text(), word(compare.field().text()), value(compare.value()));
        }

        @Override
        public Form member(Expr.Member member) {
            String head = member.negated() ? "not-in" : "in";
            return form(head, word(member.field().text()), set(member.set()));
        }

        @Override
        public Form match(Expr.Match match) {
            String head = (match.negated() ? "not-" : "") + match.kind().word();
            return form(head, word(match.field().text()), set(match.patterns()));
        }

        @Override
        public Form flag(Expr.Flag flag) {
            return form("flag", word(flag.field().text()));
        }
    }

    private static final class Values implements Value.Visitor<Form> {
        @Override
        public Form literal(Value.Literal literal) {
            return switch (literal.form()) {
                case INTEGER -> word(literal.text());
                case DOTTED -> form("dotted", word(literal.text()));
                case IPV6 -> form("ipv6", word(literal.text()));
            };
        }

        @Override
        public Form text(Value.Text text) {
            return word(PolicyFormatter.format(text));
        }

        @Override
        public Form reference(Value.Reference reference) {
            return form("ref", word(reference.name()));
        }

        @Override
        public Form device(Value.Device device) {
            String head = device.type() == Value.Device.Type.CHAR ? "char" : "block";
            return form(head, number(device.major()), number(device.minor()));
        }

        @Override
        public Form option(Value.Option option) {
            return form("option", value(option.level()), value(option.number()));
        }

        private static Form number(DeviceNumber number) {
            return number.accept(new DeviceNumber.Visitor<>() {
                @Override
                public Form any(DeviceNumber.Any any) {
                    return word("*");
                }

                @Override
                public Form exactly(DeviceNumber.Exactly exactly) {
                    return value(exactly.number());
                }

                @Override
                public Form between(DeviceNumber.Between between) {
                    return form("range", value(between.low()), value(between.high()));
                }
            });
        }
    }

    private static final class Probes implements Probe.Visitor<Form> {
        @Override
        public Form network(Probe.Network network) {
            Stream<Form> protocol = Stream.of(word(network.protocol().text()));
            return form(network.action().word(), Stream.concat(protocol, endpoint(network.endpoint())));
        }

        private static Stream<Form> endpoint(Probe.Endpoint endpoint) {
            return Stream.concat(
                    Stream.of(value(endpoint.address())),
                    endpoint.port().stream().map(AstPrinter::value));
        }

        @Override
        public Form unixAddress(Probe.UnixAddress address) {
            return form(address.action().word(), word("unix"), value(address.path()));
        }

        @Override
        public Form socket(Probe.Socket socket) {
            return kind("socket", socket.family(), socket.type(), socket.protocol());
        }

        @Override
        public Form close(Probe.Close close) {
            return kind("close", close.family(), close.type(), close.protocol());
        }

        private static Form kind(String head, Name family, Name type, Optional<Value> protocol) {
            Stream<Form> kind = Stream.of(word(family.text()), word(type.text()));
            return form(head, Stream.concat(kind, protocol.stream().map(AstPrinter::value)));
        }

        @Override
        public Form open(Probe.Open open) {
            return form("open", value(open.device()), word(open.access().text()));
        }

        @Override
        public Form mknod(Probe.Mknod mknod) {
            return form("mknod", value(mknod.device()));
        }

        @Override
        public Form sysctl(Probe.Sysctl sysctl) {
            String head = sysctl.action() == Probe.Sysctl.Action.READ ? "read" : "write";
            Stream<Form> name = Stream.of(value(sysctl.name()));
            return form(head, Stream.concat(name, sysctl.value().stream().map(AstPrinter::value)));
        }

        @Override
        public Form socketOption(Probe.SocketOption option) {
            Form which = option.option() instanceof Probe.SocketOption.Numbered numbered
                    ? form("option", value(numbered.level()), value(numbered.number()))
                    : word(option.option().text());
            return form(
                    option.action().word(),
                    Stream.concat(Stream.of(which), option.value().stream().map(AstPrinter::value)));
        }

        @Override
        public Form packet(Probe.Packet packet) {
            List<Form> parts = new ArrayList<>();
            parts.add(word(packet.direction().word()));
            parts.add(value(packet.protocol()));
            ends(parts, packet.remote(), packet.local(), packet.details());
            return new Form("packet", parts);
        }

        @Override
        public Form event(Probe.Event event) {
            List<Form> parts = new ArrayList<>();
            parts.add(word(event.name().text()));
            ends(parts, event.remote(), event.local(), event.details());
            return new Form("event", parts);
        }

        private static void ends(
                List<Form> parts, Probe.Endpoint remote, Optional<Probe.Endpoint> local, List<Probe.Detail> details) {
            parts.add(form("remote", endpoint(remote)));
            local.ifPresent(end -> parts.add(form("local", endpoint(end))));
            for (Probe.Detail detail : details) {
                parts.add(form(detail.name().text(), detail.value().stream().map(AstPrinter::value)));
            }
        }
    }
}
