package org.ringwall.compiler.ast;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Prints a tree as canonical policy text: one rule a line, two spaces of indent, brackets only where the shape needs
 * them. Reading the text gives an equal tree but for the spans; comments are not part of the tree and are lost.
 */
public final class PolicyFormatter {
    /** A set whose line would be longer is written an element a line. */
    private static final int LONGEST = 100;

    private static final Guards GUARDS = new Guards();
    private static final Values VALUES = new Values();

    private PolicyFormatter() {}

    /** The whole policy, ending with a line end. */
    public static String format(PolicyFile file) {
        StringBuilder out =
                new StringBuilder("policy ").append(file.name().text()).append('\n');
        Items items = new Items();
        boolean tight = false;
        for (Item item : file.items()) {
            boolean oneLine =
                    !(item instanceof Item.IntentBlock || item instanceof Item.HookBlock || item instanceof Item.Test);
            out.append(tight && oneLine ? "" : "\n").append(item.accept(items)).append('\n');
            tight = oneLine;
        }
        return out.toString();
    }

    /** A guard in one line. */
    public static String format(Expr guard) {
        return guard.accept(GUARDS);
    }

    /** A rule in one line. */
    public static String format(Statement statement) {
        return statement.accept(new Statement.Visitor<>() {
            @Override
            public String rule(Statement.Rule rule) {
                return verdict(rule.verdict())
                        + rule.guard().map(guard -> " if " + format(guard)).orElse("");
            }

            @Override
            public String fallback(Statement.Default fallback) {
                return "default " + verdict(fallback.verdict());
            }
        });
    }

    /** A value as it is written. */
    public static String format(Value value) {
        return value.accept(VALUES);
    }

    /** An attempt as it is written. */
    public static String format(Probe probe) {
        return probe.accept(new Probes());
    }

    /** A verdict as it is written. */
    public static String verdict(Verdict verdict) {
        return verdict.accept(new Verdict.Visitor<>() {
            @Override
            public String allow(Verdict.Allow allow) {
                return "allow" + suffix(allow.access());
            }

            @Override
            public String deny(Verdict.Deny deny) {
                return "deny" + suffix(deny.errno());
            }
        });
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
        });
    }

    private static String testCase(TestCase test) {
        StringBuilder line = new StringBuilder(format(test.probe()));
        if (!test.bindings().isEmpty()) {
            line.append(" with ")
                    .append(test.bindings().stream()
                            .map(b -> b.param().text() + " = " + format(b.value()))
                            .collect(Collectors.joining(", ")));
        }
        test.identity().ifPresent(who -> {
            line.append(" as uid ").append(format(who.uid()));
            who.gid().ifPresent(gid -> line.append(" gid ").append(format(gid)));
        });
        return line.append(" => ").append(verdict(test.expected())).toString();
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
        public String set(Item.SetDeclaration set) {
            return "set %s = %s".formatted(set.name().text(), PolicyFormatter.set(set.value()));
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
        public String intent(Item.IntentBlock block) {
            return braces(block.intent().word() + suffix(block.label()), lines(block.statements()));
        }

        @Override
        public String hook(Item.HookBlock block) {
            return braces("on " + block.hook().text(), lines(block.statements()));
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
                    .formatted(compare.field().name(), compare.operator().symbol(), format(compare.value()));
        }

        @Override
        public String member(Expr.Member member) {
            return "%s %s %s"
                    .formatted(
                            member.field().name(),
                            member.negated() ? "not in" : "in",
                            PolicyFormatter.set(member.set()));
        }

        @Override
        public String flag(Expr.Flag flag) {
            return flag.field().name();
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
            return '"' + text.value().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
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
            String verb = switch (network.action()) {
                case CONNECT -> "connect";
                case SEND -> "send";
                case BIND -> "bind";
            };
            Value.Literal address = network.endpoint().address();
            boolean v6 = address.form() == Value.Literal.Form.IPV6;
            String host = v6 ? "[" + address.text() + "]" : address.text();
            return "%s %s %s:%s"
                    .formatted(
                            verb,
                            network.protocol().text(),
                            host,
                            network.endpoint().port().text());
        }

        @Override
        public String socket(Probe.Socket socket) {
            return "socket %s %s"
                            .formatted(socket.family().text(), socket.type().text())
                    + socket.protocol().map(value -> " " + format(value)).orElse("");
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
            return verb + " " + format(sysctl.name());
        }
    }
}
