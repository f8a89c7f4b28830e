package org.ringwall.compiler.ast;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Prints a tree as nested lists, `(kind part …)`, one record of the tree each, so that its shape is plain to see: what
 * fits stays on one line. Spans are left out.
 */
public final class AstPrinter {
    private static final int LONGEST = 100;

    private AstPrinter() {}

    /** The whole tree, ending with a line end. */
    public static String print(PolicyFile file) {
        StringBuilder out = new StringBuilder();
        policy(file).print(out, 0);
        return out.append('\n').toString();
    }

    /** A list with a word in front, or with no parts a bare word. */
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
        return form("policy", Stream.concat(name, file.items().stream().map(item -> item.accept(items))));
    }

    private static Form set(SetExpr set) {
        Form base = group("set", set.base());
        return set.removed().isEmpty()
                ? base
                : form(
                        "except",
                        Stream.concat(Stream.of(base), set.removed().stream().map(group -> group("set", group))));
    }

    /** An empty group still prints as a list: `(set ())`. */
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
        });
    }

    private static Form value(Value value) {
        return value.accept(new Values());
    }

    private static Form verdict(Verdict verdict) {
        return verdict.accept(new Verdict.Visitor<>() {
            @Override
            public Form allow(Verdict.Allow allow) {
                return form("allow", allow.access().stream().map(name -> word(name.text())));
            }

            @Override
            public Form deny(Verdict.Deny deny) {
                return form("deny", deny.errno().stream().map(name -> word(name.text())));
            }
        });
    }

    private static Form statement(Statement statement) {
        return statement.accept(new Statement.Visitor<>() {
            @Override
            public Form rule(Statement.Rule rule) {
                Stream<Form> guard = rule.guard().stream().map(AstPrinter::guard);
                return form("rule", Stream.concat(Stream.of(verdict(rule.verdict())), guard));
            }

            @Override
            public Form fallback(Statement.Default fallback) {
                return form("default", verdict(fallback.verdict()));
            }
        });
    }

    private static Form guard(Expr guard) {
        return guard.accept(new Guards());
    }

    private static Form testCase(TestCase test) {
        List<Form> parts = new ArrayList<>();
        parts.add(test.probe().accept(new Probes()));
        test.bindings().forEach(b -> parts.add(form("with", word(b.param().text()), value(b.value()))));
        test.identity()
                .ifPresent(who -> parts.add(form(
                        "as",
                        Stream.concat(Stream.of(who.uid()), who.gid().stream()).map(AstPrinter::value))));
        parts.add(verdict(test.expected()));
        return new Form("case", parts);
    }

    private static final class Items implements Item.Visitor<Form> {
        @Override
        public Form requires(Item.Requires requires) {
            return form("requires", value(requires.version()));
        }

        @Override
        public Form set(Item.SetDeclaration set) {
            return form("define", word(set.name().text()), AstPrinter.set(set.value()));
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
        public Form intent(Item.IntentBlock block) {
            Stream<Form> label = block.label().stream().map(name -> form("label", word(name.text())));
            Stream<Form> rules = block.statements().stream().map(AstPrinter::statement);
            return form(block.intent().word(), Stream.concat(label, rules));
        }

        @Override
        public Form hook(Item.HookBlock block) {
            Stream<Form> hook = Stream.of(word(block.hook().text()));
            return form("on", Stream.concat(hook, block.statements().stream().map(AstPrinter::statement)));
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
            return form(compare.operator().symbol(), word(compare.field().name()), value(compare.value()));
        }

        @Override
        public Form member(Expr.Member member) {
            String head = member.negated() ? "not-in" : "in";
            return form(head, word(member.field().name()), set(member.set()));
        }

        @Override
        public Form flag(Expr.Flag flag) {
            return form("flag", word(flag.field().name()));
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
            String head = switch (network.action()) {
                case CONNECT -> "connect";
                case SEND -> "send";
                case BIND -> "bind";
            };
            return form(
                    head,
                    word(network.protocol().text()),
                    value(network.endpoint().address()),
                    value(network.endpoint().port()));
        }

        @Override
        public Form socket(Probe.Socket socket) {
            Stream<Form> kind =
                    Stream.of(word(socket.family().text()), word(socket.type().text()));
            return form("socket", Stream.concat(kind, socket.protocol().stream().map(AstPrinter::value)));
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
            return form(head, value(sysctl.name()));
        }
    }
}
