// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.IpProtocol;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.sema.text.AddressText;
import org.ringwall.compiler.sema.text.Constants;
import org.ringwall.compiler.sema.text.DeviceText;
import org.ringwall.compiler.sema.text.ElementKind;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Members;
import org.ringwall.compiler.sema.text.NumberText;
import org.ringwall.compiler.sema.text.OptionText;
import org.ringwall.compiler.sema.text.Part;
import org.ringwall.compiler.sema.text.Reading;
import org.ringwall.compiler.sema.text.StringText;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/**
 * A reader of one value, by the expected type or else by its own form. Results are empty after a
 * report.
 */
public final class ValueReader implements Value.Visitor<Optional<Part>> {
    private final Declarations declarations;
    private final Findings findings;
    private final Optional<Expected> expected;

    public ValueReader(Declarations declarations, Findings findings, Optional<Expected> expected) {
        this.declarations = declarations;
        this.findings = findings;
        this.expected = expected;
    }

    private static Optional<Part> fixed(ElementKind kind, Members members) {
        return Optional.of(new Part.Fixed(kind, members, true));
    }

    @Override
    public Optional<Part> literal(Value.Literal literal) {
        ElementKind kind = literal.form() == Value.Literal.Form.INTEGER ? ElementKind.NUMBER : ElementKind.ADDRESS;
        if (expected.isPresent() && !expected.get().kind().takes(kind)) {
            return mismatch(literal.span(), kind == ElementKind.NUMBER ? "a number" : "an address");
        }
        if (kind == ElementKind.ADDRESS) {
            return AddressText.read(literal.text())
                    .orReport(findings, literal.span())
                    .map(span -> new Part.Fixed(ElementKind.ADDRESS, Members.of(span.set()), !span.prefix()));
        }
        ElementKind meant = expected.map(Expected::kind).orElse(ElementKind.NUMBER);
        return NumberText.read(literal.text(), expected.map(Expected::type).orElse(FieldType.INT))
                .orReport(findings, literal.span())
                .flatMap(value -> fixed(meant, Members.of(IntervalSet.of(value))));
    }

    @Override
    public Optional<Part> text(Value.Text text) {
        ElementKind kind = expected.map(Expected::kind)
                .orElse(text.value().startsWith("/dev/") ? ElementKind.DEVICE : ElementKind.NAME);
        return switch (kind) {
            case DEVICE ->
                DeviceText.path(text.value())
                        .orReport(findings, text.span())
                        .flatMap(device -> fixed(ElementKind.DEVICE, Members.of(device)));
            case NAME ->
                expected.map(place -> place.string(text.value()))
                        .orElseGet(() -> StringText.any(text.value()))
                        .orReport(findings, text.span())
                        .flatMap(name -> fixed(ElementKind.NAME, Members.of(name)));
            case ADDRESS -> {
                if (AddressText.read(text.value()) instanceof Reading.Good<?>) {
                    yield mismatch(text.span(), "a string", "write `%s` without quotes".formatted(text.value()));
                }
                yield hostName(text.span(), text.value());
            }
            case NUMBER, PROTOCOL, SOCKET_TYPE, FAMILY, DEVICE_TYPE, PACKET_TYPE, OPTION, LEVEL, ERRNO ->
                mismatch(text.span(), "a string");
        };
    }

    @Override
    public Optional<Part> device(Value.Device device) {
        if (expected.isPresent() && expected.get().kind() != ElementKind.DEVICE) {
            return mismatch(device.span(), "a device");
        }
        return DeviceText.numbers(device, findings)
                .map(range ->
                        new Part.Fixed(ElementKind.DEVICE, Members.of(range), isOne(range.majors(), range.minors())));
    }

    @Override
    public Optional<Part> option(Value.Option option) {
        if (expected.isPresent() && expected.get().kind() != ElementKind.OPTION) {
            boolean device = expected.get().kind() == ElementKind.DEVICE && option.level() instanceof Value.Literal;
            return mismatch(
                    option.span(),
                    "a socket option",
                    device
                            ? "write `char %s`, or the path in quotes"
                                    .formatted(option.span().text())
                            : expected.get().help());
        }
        return OptionText.numbers(option, findings)
                .flatMap(numbers -> fixed(ElementKind.OPTION, Members.of(IntervalSet.of(numbers))));
    }

    private static boolean isOne(
            org.ringwall.compiler.value.Interval majors, org.ringwall.compiler.value.Interval minors) {
        return majors.low().equals(majors.high()) && minors.low().equals(minors.high());
    }

    @Override
    public Optional<Part> reference(Value.Reference reference) {
        Optional<Declarations.Declared> declared = declarations.find(reference.name());
        if (declared.isPresent()) {
            return declared(reference, declared.get());
        }
        Optional<Constants.Constant> constant = Constants.named(reference.name());
        if (constant.isEmpty()) {
            return unknown(reference);
        }
        FieldType type = constant.get().type();
        if (expected.isPresent() && expected.get().type() != type) {
            return mismatch(reference.span(), type.phrase(), expected.get().help(reference.name(), type));
        }
        return fixed(ElementKind.of(type), Members.of(constant.get().numbers()));
    }

    private Optional<Part> declared(Value.Reference reference, Declarations.Declared declared) {
        if (declared instanceof Declarations.Declared.Failed) {
            return Optional.empty();
        }
        if (declared instanceof Declarations.Declared.OfParam param) {
            return param(reference, param.param());
        }
        if (declared instanceof Declarations.Declared.OfPredicate predicate) {
            return predicate(reference, predicate);
        }
        if (!(declared instanceof Declarations.Declared.OfSet set)) {
            return kept(reference, declared);
        }
        if (expected.isEmpty() || !(set.value() instanceof Part.Fixed fixed)) {
            return Optional.of(set.value());
        }
        Expected place = expected.get();
        if (!place.kind().takes(fixed.kind())) {
            findings.add(Diagnostic.of(
                            Code.SET_TYPE,
                            reference.span(),
                            "`%s` is %s, but `%s` is a set of %s"
                                    .formatted(
                                            place.name(),
                                            place.type().phrase(),
                                            reference.name(),
                                            fixed.kind().plural()))
                    .help("write a set of %s".formatted(place.kind().plural()))
                    .note(set.at(), "`%s` is declared here".formatted(reference.name())));
            return Optional.empty();
        }
        return place.kind() == ElementKind.NAME
                ? strings(reference, fixed, set.at())
                : inRange(reference, fixed, set.at());
    }

    /** Returns a live set if its type fits here; no other state can be a value. */
    private Optional<Part> kept(Value.Reference reference, Declarations.Declared declared) {
        boolean live = declared.kind().equals("live set");
        if (live && expected.isEmpty()) {
            findings.add(Diagnostic.of(
                            Code.LIVE_IN_CONSTANT,
                            reference.span(),
                            "the live set `%s` is an element of a declared set".formatted(reference.name()))
                    .help("a declared set is constant; write the live set in the guard instead: `in { …, %s }`"
                            .formatted(reference.name()))
                    .note(declared.at(), "`%s` is declared here".formatted(reference.name())));
            return Optional.empty();
        }
        if (declared instanceof Declarations.Declared.OfLive of && fits(of.set())) {
            return Optional.of(new Part.Live(of.set()));
        }
        String what = declared instanceof Declarations.Declared.OfLive of
                ? "a live set of type `%s`".formatted(of.set().type().word())
                : "a " + declared.kind();
        String place = expected.map(one ->
                        "`%s` is %s, but ".formatted(one.name(), one.type().phrase()))
                .orElse("");
        findings.add(Diagnostic.of(
                        Code.SET_TYPE, reference.span(), place + "`%s` is %s".formatted(reference.name(), what))
                .help(expected.map(Expected::help).orElse("write an element, or a declared set of them"))
                .note(declared.at(), "`%s` is declared here".formatted(reference.name())));
        return Optional.empty();
    }

    /**
     * Whether the set's type fits here. User and group ids have the same field type, but are not
     * interchangeable.
     */
    private boolean fits(LiveSet set) {
        Expected place = expected.orElseThrow();
        Optional<Field> field = Field.named(place.name());
        boolean same = LiveSet.fieldType(set.type()) == place.type();
        return same
                && switch (set.type()) {
                    case UID -> !field.filter(Field.GID::equals).isPresent();
                    case GID -> !field.filter(Field.UID::equals).isPresent();
                    case NETNS -> !field.filter(Field.COOKIE::equals).isPresent();
                    case NET, IP, PORT, DEVICE, INT, CGROUP -> true;
                };
    }

    private Optional<Part> predicate(Value.Reference reference, Declarations.Declared.OfPredicate predicate) {
        findings.add(Diagnostic.of(
                        Code.PREDICATE_AS_VALUE,
                        reference.span(),
                        "`%s` is a predicate, not a value".formatted(reference.name()))
                .help("write it as a condition: `if %1$s` or `if not %1$s`".formatted(reference.name()))
                .note(predicate.at(), "`%s` is declared here".formatted(reference.name())));
        return Optional.empty();
    }

    /**
     * Checks the strings of a declared set where the set is used, because only the use determines
     * the field.
     */
    private Optional<Part> strings(Value.Reference reference, Part.Fixed set, Span declared) {
        for (String text : set.members().names()) {
            if (expected.orElseThrow().string(text) instanceof Reading.Bad<String> bad) {
                findings.add(Diagnostic.of(bad.code(), reference.span(), bad.message())
                        .help(bad.help())
                        .note(declared, "`%s` is declared here".formatted(reference.name())));
                return Optional.empty();
            }
        }
        return Optional.of(set);
    }

    private Optional<Part> inRange(Value.Reference reference, Part.Fixed set, Span declared) {
        FieldType type = expected.orElseThrow().type();
        List<org.ringwall.compiler.value.Interval> numbers =
                set.members().numbers().intervals();
        if (!numbers.isEmpty()) {
            U128 largest = numbers.get(numbers.size() - 1).high();
            if (largest.compareTo(U128.of(NumberText.max(type))) > 0) {
                findings.add(Diagnostic.of(
                                Code.NUMBER_RANGE,
                                reference.span(),
                                "`%s` contains %s, which is not %s".formatted(reference.name(), largest, type.phrase()))
                        .help("write %s in 0..%d".formatted(type.phrase(), NumberText.max(type)))
                        .note(declared, "`%s` is declared here".formatted(reference.name())));
                return Optional.empty();
            }
        }
        return Optional.of(set);
    }

    private Optional<Part> param(Value.Reference reference, Param param) {
        if (expected.isPresent() && expected.get().type() != param.type()) {
            findings.add(Diagnostic.of(
                            Code.TYPE_MISMATCH,
                            reference.span(),
                            "`%s` is %s, but the param `%s` is %s"
                                    .formatted(
                                            expected.get().name(),
                                            expected.get().type().phrase(),
                                            param.name(),
                                            param.type().phrase()))
                    .help(expected.get().help())
                    .note(param.span(), "`%s` is declared here".formatted(param.name())));
            return Optional.empty();
        }
        return Optional.of(new Part.Later(param));
    }

    private Optional<Part> unknown(Value.Reference reference) {
        String name = reference.name();
        Optional<Field> field = Field.named(name);
        if (field.isPresent()) {
            findings.add(Diagnostic.of(Code.NOT_A_CONSTANT, reference.span(), "`%s` is not a constant".formatted(name))
                    .help("a field is compared with a literal, a `param` or a `set`, not with another field"));
            return Optional.empty();
        }
        boolean host = name.indexOf('.') >= 0 || name.equals("localhost");
        if (host && expected.map(Expected::kind).orElse(ElementKind.ADDRESS) == ElementKind.ADDRESS) {
            return hostName(reference.span(), name);
        }
        List<String> known = new ArrayList<>(declarations.all());
        expected.ifPresentOrElse(
                place -> {
                    known.retainAll(declarations.fitting(place));
                    known.addAll(Constants.words(place.type()));
                },
                () -> List.of(
                                FieldType.PROTOCOL,
                                FieldType.SOCKET_TYPE,
                                FieldType.FAMILY,
                                FieldType.DEVICE_TYPE,
                                FieldType.SOCKET_OPTION,
                                FieldType.SOCKET_LEVEL,
                                FieldType.ERRNO,
                                FieldType.PACKET_TYPE)
                        .forEach(type -> known.addAll(Constants.words(type))));
        findings.add(Diagnostic.of(Code.UNKNOWN_NAME, reference.span(), "unknown name `%s`".formatted(name))
                .help(unknownHelp(name, known)));
        return Optional.empty();
    }

    /**
     * The families of include/linux/socket.h whose sockets are created without a program: only
     * inet_create and inet6_create run one.
     */
    private static final Set<String> UNSEEN_FAMILIES =
            Set.of("packet", "netlink", "vsock", "xdp", "alg", "bluetooth", "can", "key", "tipc", "smc", "rds", "kcm");

    private String unknownHelp(String name, List<String> known) {
        Optional<IpProtocol> protocol = expected.map(Expected::type).orElse(FieldType.PROTOCOL) == FieldType.PROTOCOL
                ? IpProtocol.ofWord(name)
                : Optional.empty();
        if (protocol.isPresent()) {
            return "write its number, `%d`; this protocol has no name here"
                    .formatted(protocol.get().number());
        }
        boolean family = expected.map(Expected::type).orElse(FieldType.INT) == FieldType.FAMILY;
        if (family && UNSEEN_FAMILIES.contains(name)) {
            return "use a seccomp filter: the kernel invokes no hook for AF_%s sockets"
                    .formatted(name.toUpperCase(Locale.ROOT));
        }
        boolean string = expected.map(Expected::type).orElse(FieldType.INT) == FieldType.STRING;
        return DidYouMean.help(name, known)
                .or(() -> string ? Optional.of("write a string in quotes: `\"%s\"`".formatted(name)) : Optional.empty())
                .or(() -> expected.map(Expected::help).map(help -> declares(name, help)))
                .orElse("declare it: `set %s = { … }`".formatted(name));
    }

    private static String declares(String name, String help) {
        return help.startsWith("write a") ? "declare it: `set %s = { … }`, or %s".formatted(name, help) : help;
    }

    private Optional<Part> hostName(Span at, String name) {
        findings.add(Diagnostic.of(Code.HOST_NAME, at, "`%s` is not an address".formatted(name))
                .label("a host name?")
                .help(
                        name.equals("localhost")
                                ? "write `127.0.0.1` or `::1`"
                                : "write the addresses, or a `set` of them; names are not resolved"));
        return Optional.empty();
    }

    private Optional<Part> mismatch(Span at, String found) {
        return mismatch(at, found, expected.orElseThrow().help());
    }

    private Optional<Part> mismatch(Span at, String found, String help) {
        Expected place = expected.orElseThrow();
        findings.add(Diagnostic.of(
                        Code.TYPE_MISMATCH,
                        at,
                        "`%s` is %s, but `%s` is %s"
                                .formatted(place.name(), place.type().phrase(), at.text(), found))
                .help(help));
        return Optional.empty();
    }
}
