// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.syntax;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.compiler.ast.AstPrinter;
import org.ringwall.compiler.ast.DeviceNumber;
import org.ringwall.compiler.ast.Effect;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.Expr;
import org.ringwall.compiler.ast.FieldRef;
import org.ringwall.compiler.ast.Intent;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.Pace;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.ast.PolicyFormatter;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.ast.Statement;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.ast.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Comparison;

/** Every syntax tree, printed as policy text and parsed again, is the same tree. */
class RoundTripTest {
    private static final Span NOWHERE = new SourceFile("none", "").span(0, 0);

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void printedTreesRoundTrip(long seed) {
        Trees trees = new Trees(new Random(seed));
        for (int tree = 0; tree < 300; tree++) {
            PolicyFile file = trees.policy();
            String text = PolicyFormatter.format(file);
            ParseResult result = PolicyParser.parse(new SourceFile("printed.wall", text));
            assertThat(result.diagnostics()).as(text).isEmpty();
            assertThat(AstPrinter.print(result.file().orElseThrow())).isEqualTo(AstPrinter.print(file));
        }
    }

    /** A generator of trees of every shape that a text can have. */
    private record Trees(Random random) {
        PolicyFile policy() {
            return new PolicyFile(random.nextBoolean(), name(), some(6, this::item), NOWHERE);
        }

        private <T> List<T> some(int most, Supplier<T> one) {
            return IntStream.range(0, random.nextInt(most + 1))
                    .mapToObj(i -> one.get())
                    .toList();
        }

        private <T> Optional<T> maybe(Supplier<T> one) {
            return random.nextInt(3) == 0 ? Optional.of(one.get()) : Optional.empty();
        }

        private <T> T of(List<T> choices) {
            return choices.get(random.nextInt(choices.size()));
        }

        private Name name() {
            return new Name(
                    of(List.of(
                            "a", "web", "_x9", "set", "test", "char", "kernel", "EPERM", "rw", "glob", "as", "rate",
                            "log")),
                    NOWHERE);
        }

        private Item item() {
            return switch (random.nextInt(13)) {
                case 9 -> new Item.Predicate(name(), expr(3), NOWHERE);
                case 10 -> new Item.Include(text(), NOWHERE);
                case 11 ->
                    new Item.RingSize(
                            new Value.Literal(
                                    Value.Literal.Form.INTEGER, of(List.of("4M", "64K", "0x100000")), NOWHERE),
                            NOWHERE);
                case 0 -> new Item.Requires(literal(Value.Literal.Form.DOTTED), NOWHERE);
                case 1 -> new Item.SetDeclaration(name(), set(), NOWHERE);
                case 2 -> new Item.Param(name(), name(), scalar(), integer(), scalar(), NOWHERE);
                case 3 -> new Item.HookBlock(random.nextBoolean(), name(), NOWHERE, some(4, this::statement), NOWHERE);
                case 4 -> new Item.Test(text(), some(4, this::testCase), NOWHERE);
                case 5 -> new Item.LiveSet(name(), name(), maybe(this::set), integer(), NOWHERE);
                case 6 ->
                    new Item.Table(
                            name(),
                            key(),
                            set(),
                            set(),
                            integer(),
                            maybe(this::integer),
                            maybe(() -> endpoint(Optional.of(integer()))),
                            NOWHERE);
                case 7 ->
                    new Item.Counter(
                            name(),
                            maybe(this::key).orElse(List.of()),
                            some(3, () -> new Item.Counter.Column(name(), name(), NOWHERE)),
                            maybe(this::integer),
                            random.nextBoolean(),
                            NOWHERE);
                case 8 ->
                    new Item.Rate(
                            name(),
                            maybe(this::key).orElse(List.of()),
                            pace(),
                            maybe(this::integer),
                            maybe(this::integer),
                            NOWHERE);
                default ->
                    new Item.IntentBlock(
                            random.nextBoolean(),
                            of(List.of(Intent.values())),
                            maybe(this::name),
                            NOWHERE,
                            some(4, this::statement),
                            NOWHERE);
            };
        }

        private List<FieldRef> key() {
            return Stream.generate(this::field).limit(1 + random.nextInt(3)).toList();
        }

        private Pace pace() {
            return new Pace(of(List.of("100/s", "1_0/m", "0/fortnight")), NOWHERE);
        }

        private Verdict.Destination destination() {
            Value port = random.nextBoolean() ? integer() : new Value.Reference(name().text(), NOWHERE);
            return random.nextBoolean()
                    ? new Verdict.Place(address(), port, NOWHERE)
                    : new Verdict.Entry(name(), maybe(this::key), NOWHERE);
        }

        private Statement.Within within() {
            return new Statement.Within(name(), maybe(() -> simple(this::modifier)), NOWHERE);
        }

        private Statement statement() {
            return switch (random.nextInt(5)) {
                case 0 -> new Statement.Default(verdict(false), some(1, this::effect), NOWHERE);
                case 1 -> new Statement.When(expr(3), effects(), NOWHERE);
                default ->
                    new Statement.Rule(
                            random.nextInt(4) == 0,
                            verdict(true),
                            maybe(() -> expr(4)),
                            maybe(this::within),
                            maybe(this::effects).orElse(List.of()),
                            NOWHERE);
            };
        }

        private List<Effect> effects() {
            return Stream.generate(this::effect).limit(1 + random.nextInt(3)).toList();
        }

        private Effect effect() {
            return switch (random.nextInt(5)) {
                case 0 -> new Effect.Assign(field(), value(), NOWHERE);
                case 1 -> new Effect.Reply(value(), NOWHERE);
                case 2 -> new Effect.Log(maybe(this::pace), maybe(this::text), NOWHERE);
                case 3 -> new Effect.Because(text(), NOWHERE);
                default -> new Effect.Count(name(), NOWHERE);
            };
        }

        private Verdict verdict(boolean access) {
            return random.nextInt(4) == 0
                    ? new Verdict.Redirect(destination(), NOWHERE)
                    : simple(access ? this::name : this::modifier);
        }

        private Verdict simple(Supplier<Name> word) {
            return random.nextBoolean()
                    ? new Verdict.Deny(maybe(this::name), NOWHERE)
                    : new Verdict.Allow(maybe(word), NOWHERE);
        }

        private Name modifier() {
            return new Name(of(List.of("unprivileged", "congested", "reply")), NOWHERE);
        }

        private Expr expr(int depth) {
            return switch (random.nextInt(depth == 0 ? 4 : 7)) {
                case 0 -> new Expr.Flag(field(), NOWHERE);
                case 1 -> new Expr.Compare(field(), of(List.of(Comparison.values())), value(), NOWHERE);
                case 2 -> new Expr.Member(field(), random.nextBoolean(), set(), NOWHERE);
                case 3 ->
                    new Expr.Match(
                            field(), of(List.of(Expr.Match.Kind.values())), random.nextBoolean(), set(), NOWHERE);
                case 4 -> new Expr.Not(expr(depth - 1), NOWHERE);
                case 5 -> new Expr.And(operands(depth - 1), NOWHERE);
                default -> new Expr.Or(operands(depth - 1), NOWHERE);
            };
        }

        private List<Expr> operands(int depth) {
            return Stream.generate(() -> expr(depth))
                    .limit(2 + random.nextInt(3))
                    .toList();
        }

        private FieldRef field() {
            return new FieldRef(
                    of(List.of(
                            "remote.ip",
                            "uid",
                            "dev.major",
                            "read",
                            "block",
                            "test.set",
                            "local.event",
                            "when",
                            "file")),
                    random.nextInt(6) == 0 ? Optional.of(integer()) : Optional.empty(),
                    NOWHERE);
        }

        private SetExpr set() {
            return new SetExpr(group(), some(2, this::group), NOWHERE);
        }

        private SetExpr.Group group() {
            return new SetExpr.Group(some(random.nextInt(8) == 0 ? 30 : 3, this::element), NOWHERE);
        }

        private Element element() {
            if (random.nextInt(8) == 0) {
                return new Element.Listed(text(), NOWHERE);
            }
            return random.nextInt(3) == 0
                    ? new Element.Range(scalar(), scalar(), NOWHERE)
                    : new Element.Single(value(), NOWHERE);
        }

        private Value value() {
            return switch (random.nextInt(6)) {
                case 0 -> device();
                case 1 -> option();
                default -> scalar();
            };
        }

        private Value.Option option() {
            Value level = random.nextBoolean() ? integer() : new Value.Reference(name().text(), NOWHERE);
            return new Value.Option(level, integer(), NOWHERE);
        }

        private Value scalar() {
            return switch (random.nextInt(3)) {
                case 0 -> text();
                case 1 -> new Value.Reference(name().text(), NOWHERE);
                default -> literal(of(List.of(Value.Literal.Form.values())));
            };
        }

        private Value.Literal integer() {
            return literal(Value.Literal.Form.INTEGER);
        }

        private Value.Literal literal(Value.Literal.Form form) {
            List<String> texts = switch (form) {
                case INTEGER -> List.of("0", "65536", "1_000", "0xFf_00", "00");
                case DOTTED -> List.of("6.1", "10.0.0.0/8", "10/8", "1.2.3.999");
                case IPV6 -> List.of("::", "::1", "fc00::/7", "::ffff:1.2.3.4/96", "1:2:3:4:5:6:7:8", "a::b");
            };
            return new Value.Literal(form, of(texts), NOWHERE);
        }

        private Value.Text text() {
            return new Value.Text(of(List.of("", "a b", "\\", "\"", "\\\"\\", "// x", "/* { ; 😀", "\t")), NOWHERE);
        }

        private Value.Device device() {
            return new Value.Device(of(List.of(Value.Device.Type.values())), number(), number(), NOWHERE);
        }

        private DeviceNumber number() {
            return switch (random.nextInt(3)) {
                case 0 -> new DeviceNumber.Any(NOWHERE);
                case 1 -> new DeviceNumber.Exactly(integer(), NOWHERE);
                default -> new DeviceNumber.Between(integer(), integer(), NOWHERE);
            };
        }

        private TestCase testCase() {
            return new TestCase(
                    maybe(() -> new TestCase.Duration(of(List.of("500ms", "1_0s", "0h")), NOWHERE)),
                    probe(),
                    some(2, this::binding),
                    some(3, this::attribute),
                    verdict(false),
                    maybe(this::text),
                    maybe(() -> some(2, this::effect)),
                    NOWHERE);
        }

        private TestCase.Binding binding() {
            return switch (random.nextInt(3)) {
                case 0 -> new TestCase.ValueBinding(name(), value(), NOWHERE);
                case 1 -> new TestCase.MemberBinding(name(), group(), NOWHERE);
                default ->
                    new TestCase.EntryBinding(
                            name(),
                            Stream.generate(this::value)
                                    .limit(1 + random.nextInt(2))
                                    .toList(),
                            some(2, () -> endpoint(Optional.of(integer()))),
                            NOWHERE);
            };
        }

        private TestCase.Attribute attribute() {
            return new TestCase.Attribute(name(), maybe(this::integer), argument(), NOWHERE);
        }

        private Value argument() {
            return random.nextBoolean() ? text() : literal(of(List.of(Value.Literal.Form.values())));
        }

        private Probe probe() {
            Value node = random.nextBoolean() ? text() : device();
            return switch (random.nextInt(10)) {
                case 0 -> new Probe.Network(action(), name(), endpoint(Optional.of(integer())), NOWHERE);
                case 1 -> new Probe.Socket(name(), name(), maybe(() -> protocol()), NOWHERE);
                case 2 -> new Probe.Open(node, name(), NOWHERE);
                case 3 -> new Probe.Mknod(node, NOWHERE);
                case 4 -> new Probe.Sysctl(Probe.Sysctl.Action.READ, text(), Optional.empty(), NOWHERE);
                case 5 -> new Probe.Sysctl(Probe.Sysctl.Action.WRITE, text(), maybe(this::argument), NOWHERE);
                case 6 ->
                    random.nextBoolean()
                            ? new Probe.UnixAddress(action(), text(), NOWHERE)
                            : new Probe.Close(name(), name(), maybe(() -> protocol()), NOWHERE);
                case 7 ->
                    random.nextBoolean()
                            ? new Probe.SocketOption(
                                    Probe.SocketOption.Action.GET, socketOption(), Optional.empty(), NOWHERE)
                            : new Probe.SocketOption(
                                    Probe.SocketOption.Action.SET, socketOption(), maybe(this::argument), NOWHERE);
                case 8 ->
                    new Probe.Packet(
                            of(List.of(Probe.Packet.Direction.values())),
                            protocol(),
                            endpoint(maybe(this::integer)),
                            maybe(() -> endpoint(maybe(this::integer))),
                            some(3, this::detail),
                            NOWHERE);
                default ->
                    new Probe.Event(
                            name(),
                            endpoint(Optional.of(integer())),
                            maybe(() -> endpoint(Optional.of(integer()))),
                            some(3, this::detail),
                            NOWHERE);
            };
        }

        private Probe.Network.Action action() {
            return of(List.of(Probe.Network.Action.values()));
        }

        private Probe.Endpoint endpoint(Optional<Value.Literal> port) {
            return new Probe.Endpoint(address(), port, NOWHERE);
        }

        private Probe.SocketOption.Option socketOption() {
            return random.nextBoolean()
                    ? new Probe.SocketOption.Named(name())
                    : new Probe.SocketOption.Numbered(integer(), integer(), NOWHERE);
        }

        private Probe.Detail detail() {
            Name name = new Name(of(List.of("mark", "fragment", "type", "event")), NOWHERE);
            return new Probe.Detail(name, maybe(this::argument), NOWHERE);
        }

        private Value.Literal address() {
            return literal(random.nextBoolean() ? Value.Literal.Form.DOTTED : Value.Literal.Form.IPV6);
        }

        private Value protocol() {
            return random.nextBoolean() ? integer() : new Value.Reference(name().text(), NOWHERE);
        }
    }
}
