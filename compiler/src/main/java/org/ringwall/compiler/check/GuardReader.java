package org.ringwall.compiler.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.Expr;
import org.ringwall.compiler.ast.FieldRef;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** Reads the guards of one block. Both sides of `and` and `or` are looked at; empty after a report. */
final class GuardReader implements Expr.Visitor<Optional<Guard>> {
    private static final AddressSet EVERY_ADDRESS = new AddressSet(
            IntervalSet.range(0, 0xffff_ffffL),
            IntervalSet.of(new Interval(U128.ZERO, U128.MAX))
                    .minus(IntervalSet.of(new Interval(AddressSet.MAPPED_LOW, AddressSet.MAPPED_HIGH))));

    private final Block.Target target;
    private final Declarations declarations;
    private final Findings findings;

    GuardReader(Block.Target target, Declarations declarations, Findings findings) {
        this.target = target;
        this.declarations = declarations;
        this.findings = findings;
    }

    private Optional<List<Guard>> all(List<Expr> operands) {
        List<Optional<Guard>> guards =
                operands.stream().map(operand -> operand.accept(this)).toList();
        return guards.stream().allMatch(Optional::isPresent)
                ? Optional.of(guards.stream().flatMap(Optional::stream).toList())
                : Optional.empty();
    }

    @Override
    public Optional<Guard> or(Expr.Or or) {
        return all(or.operands()).map(Guard.Or::new);
    }

    @Override
    public Optional<Guard> and(Expr.And and) {
        return all(and.operands()).map(Guard.And::new);
    }

    @Override
    public Optional<Guard> not(Expr.Not not) {
        return not.operand().accept(this).map(Guard.Not::new);
    }

    @Override
    public Optional<Guard> flag(Expr.Flag flag) {
        Optional<Field> field = field(flag.field());
        if (field.isEmpty() || field.get().type() == FieldType.BOOL) {
            return field.map(found -> new Guard.In(found, IntervalSet.of(1)));
        }
        findings.add(Diagnostic.of(
                        Code.BARE_FIELD,
                        flag.span(),
                        "`%s` is %s, and no condition by itself"
                                .formatted(
                                        field.get().text(), field.get().type().phrase()))
                .help("compare it with a value, as in `%s`".formatted(example(field.get()))));
        return Optional.empty();
    }

    private static String example(Field field) {
        return field.text()
                + switch (field.type()) {
                    case ADDRESS -> " in 10.0.0.0/8";
                    case PORT -> " == 443";
                    case PROTOCOL -> " == tcp";
                    case SOCKET_TYPE -> " == stream";
                    case FAMILY -> " == inet6";
                    case ID, INT -> " == 0";
                    case DEVICE -> " in { \"/dev/null\" }";
                    case DEVICE_TYPE -> " == char";
                    case STRING -> " == \"kernel/hostname\"";
                    case BOOL -> "";
                };
    }

    private Optional<Field> refuseIndex(FieldRef reference) {
        findings.add(Diagnostic.of(
                        Code.RESERVED_WORD,
                        reference.span(),
                        "`%s` is not in this version of the language".formatted(reference.text()))
                .help("compare a field without brackets"));
        return Optional.empty();
    }

    private Optional<Field> field(FieldRef reference) {
        if (reference.index().isPresent()) {
            return refuseIndex(reference);
        }
        List<Field> here = HookFields.in(target);
        Optional<Field> field = Field.named(reference.name());
        if (field.filter(here::contains).isPresent()) {
            return field;
        }
        String list = here.stream().map(Field::text).collect(Collectors.joining("`, `", "`", "`"));
        if (field.isPresent()) {
            findings.add(Diagnostic.of(
                            Code.FIELD_NOT_HERE,
                            reference.span(),
                            "a request in `%s` has no `%s`".formatted(target.text(), reference.name()))
                    .help("the fields here are %s; `%s` belongs in `%s`"
                            .formatted(
                                    list, reference.name(), String.join("`, `", HookFields.blocksWith(field.get())))));
            return Optional.empty();
        }
        List<String> words = here.stream().map(Field::text).toList();
        Diagnostic unknown = Diagnostic.of(
                Code.UNKNOWN_FIELD, reference.span(), "there is no field `%s`".formatted(reference.name()));
        findings.add(
                declarations.find(reference.name()).isPresent()
                        ? unknown.help("`%s` is declared by this policy; the field stands on the left"
                                .formatted(reference.name()))
                        : unknown.help(DidYouMean.help(reference.name(), words)
                                .orElse(underField(reference.name()).orElse("the fields here are " + list))));
        return Optional.empty();
    }

    /** `ip` and `port` alone are the usual slip. */
    private Optional<String> underField(String name) {
        return HookFields.in(target).stream()
                .map(Field::text)
                .filter(text -> text.endsWith("." + name))
                .findFirst()
                .map("did you mean `%s`?"::formatted);
    }

    @Override
    public Optional<Guard> compare(Expr.Compare compare) {
        Optional<Field> field = field(compare.field());
        if (field.isEmpty() || isBoolean(field.get(), compare.span()) || isUnordered(field.get(), compare)) {
            return Optional.empty();
        }
        Comparison operator = compare.operator();
        Optional<Part> part =
                compare.value().accept(new ValueReader(declarations, findings, Optional.of(Expected.of(field.get()))));
        if (part.isEmpty()) {
            return Optional.empty();
        }
        if (part.get() instanceof Part.Later later) {
            return Optional.of(new Guard.CompareParam(field.get(), operator, later.param()));
        }
        if (part.get() instanceof Part.Fixed fixed && fixed.scalar()) {
            return Optional.of(constant(field.get(), operator, fixed.members()));
        }
        findings.add(Diagnostic.of(
                        Code.SET_COMPARED,
                        compare.span(),
                        "`%s` compares with one value, and `%s` is several"
                                .formatted(
                                        operator.text(), compare.value().span().text()))
                .help("write `%s %s %s`"
                        .formatted(
                                field.get().text(),
                                operator == Comparison.NE ? "not in" : "in",
                                compare.value().span().text())));
        return Optional.empty();
    }

    private boolean isBoolean(Field field, Span at) {
        if (field.type() != FieldType.BOOL) {
            return false;
        }
        findings.add(Diagnostic.of(Code.BOOLEAN_COMPARED, at, "`%s` is a condition by itself".formatted(field.text()))
                .help("write `%s` or `not %s`".formatted(field.text(), field.text())));
        return true;
    }

    private boolean isUnordered(Field field, Expr.Compare compare) {
        boolean equality = switch (compare.operator()) {
            case EQ, NE -> true;
            case LT, LE, GT, GE -> false;
        };
        boolean ordered =
                field.type() == FieldType.PORT || field.type() == FieldType.ID || field.type() == FieldType.INT;
        if (equality || ordered) {
            return false;
        }
        findings.add(Diagnostic.of(
                        Code.NOT_ORDERED,
                        compare.span(),
                        "`%s` is %s, which `%s` does not order"
                                .formatted(
                                        field.text(),
                                        field.type().phrase(),
                                        compare.operator().text()))
                .help("compare by `==` or `!=`, or list what is meant: `%s in { … }`".formatted(field.text())));
        return true;
    }

    /**
     * A comparison as membership. `!=` is membership in the complement and not the negation: where the field is absent
     * both `==` and `!=` are false (docs/semantics.md section 3). Devices and names are never absent.
     */
    private static Guard constant(Field field, Comparison operator, Members members) {
        boolean unequal = operator == Comparison.NE;
        return switch (Kind.of(field.type())) {
            case ADDRESS ->
                new Guard.AddressIn(field, unequal ? EVERY_ADDRESS.minus(members.addresses()) : members.addresses());
            case DEVICE, NAME -> unequal ? new Guard.Not(in(field, members)) : in(field, members);
            case NUMBER, PROTOCOL, SOCKET_TYPE, FAMILY, DEVICE_TYPE ->
                new Guard.In(
                        field, numbers(operator, members.numbers(), field.type().max()));
        };
    }

    private static IntervalSet numbers(Comparison operator, IntervalSet value, long max) {
        U128 one = value.intervals().get(0).low();
        IntervalSet below =
                one.equals(U128.ZERO) ? IntervalSet.EMPTY : IntervalSet.of(new Interval(U128.ZERO, one.previous()));
        U128 last = U128.of(max);
        return switch (operator) {
            case EQ -> value;
            case NE -> value.complement(last);
            case LT -> below;
            case LE -> IntervalSet.of(new Interval(U128.ZERO, one));
            case GT -> IntervalSet.of(new Interval(U128.ZERO, one)).complement(last);
            case GE -> below.complement(last);
        };
    }

    private static Guard in(Field field, Members members) {
        return switch (Kind.of(field.type())) {
            case ADDRESS -> new Guard.AddressIn(field, members.addresses());
            case DEVICE -> new Guard.DeviceIn(members.devices());
            case NAME -> new Guard.NameIn(members.names());
            case NUMBER, PROTOCOL, SOCKET_TYPE, FAMILY, DEVICE_TYPE -> new Guard.In(field, members.numbers());
        };
    }

    @Override
    public Optional<Guard> member(Expr.Member member) {
        Optional<Field> field = field(member.field());
        if (field.isEmpty() || isBoolean(field.get(), member.span())) {
            return Optional.empty();
        }
        Expected expected = Expected.of(field.get());
        Optional<SetReader.Result> set =
                new SetReader(declarations, findings, Optional.of(expected)).read(member.set());
        if (set.isEmpty() || isScalar(member, expected)) {
            return Optional.empty();
        }
        if (set.get().base().isEmpty()) {
            findings.add(Diagnostic.of(
                            Code.EMPTY_SET,
                            member.set().span(),
                            "`%s` is in an empty set: this is always false"
                                    .formatted(field.get().text()))
                    .help("an allow list without elements allows nothing; add elements, or leave the rule out"));
        }
        Guard guard = guard(field.get(), set.get());
        return Optional.of(member.negated() ? new Guard.Not(guard) : guard);
    }

    @Override
    public Optional<Guard> match(Expr.Match match) {
        return refuseMatch(match);
    }

    private Optional<Guard> refuseMatch(Expr.Match match) {
        findings.add(Diagnostic.of(
                        Code.RESERVED_WORD,
                        match.span(),
                        "`%s` is not in this version of the language"
                                .formatted(match.kind().word()))
                .help("compare with `==`, or list the names with `in`"));
        return Optional.empty();
    }

    /** One value without braces behind `in`. */
    private boolean isScalar(Expr.Member member, Expected expected) {
        SetExpr.Group base = member.set().base();
        boolean bare = !base.span().text().startsWith("{");
        if (!bare || !member.set().removed().isEmpty() || base.elements().size() != 1) {
            return false;
        }
        if (!(base.elements().get(0) instanceof Element.Single single)) {
            return false;
        }
        // Read once more, with nobody listening: it has been read without a fault.
        Optional<Part> part =
                single.value().accept(new ValueReader(declarations, new Findings(), Optional.of(expected)));
        boolean scalar = part.isPresent()
                && (part.get() instanceof Part.Later || part.get() instanceof Part.Fixed fixed && fixed.scalar());
        if (scalar) {
            findings.add(Diagnostic.of(
                            Code.IN_SCALAR,
                            base.span(),
                            "`in` takes a set, and `%s` is one value"
                                    .formatted(base.span().text()))
                    .help("write `%s %s %s`"
                            .formatted(
                                    expected.name(),
                                    member.negated() ? "!=" : "==",
                                    base.span().text())));
        }
        return scalar;
    }

    /** Params are elements too, so they become comparisons beside the constants. */
    private static Guard guard(Field field, SetReader.Result set) {
        Guard base = any(field, set.base().members(), set.base().params());
        if (set.base().params().isEmpty() && set.removed().params().isEmpty()) {
            return base;
        }
        if (set.removed().isEmpty()) {
            return base;
        }
        return new Guard.And(List.of(
                base,
                new Guard.Not(any(field, set.removed().members(), set.removed().params()))));
    }

    private static Guard any(Field field, Members members, List<Param> params) {
        List<Guard> guards = new ArrayList<>();
        if (!members.isEmpty() || params.isEmpty()) {
            guards.add(in(field, members));
        }
        params.forEach(param -> guards.add(new Guard.CompareParam(field, Comparison.EQ, param)));
        return guards.size() == 1 ? guards.get(0) : new Guard.Or(guards);
    }
}
