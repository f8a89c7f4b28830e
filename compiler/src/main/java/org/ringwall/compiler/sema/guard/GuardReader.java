// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.Expr;
import org.ringwall.compiler.ast.FieldRef;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldSources;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.sema.text.ElementKind;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Members;
import org.ringwall.compiler.sema.text.Part;
import org.ringwall.compiler.sema.text.TargetFloor;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.StringPattern;
import org.ringwall.compiler.value.U128;

/**
 * A reader of the guards of one block. Both operands of `and` and `or` are checked. Results are
 * empty after a report.
 */
public final class GuardReader implements Expr.Visitor<Optional<Guard>> {
    private static final Set<FieldType> ORDERED =
            EnumSet.of(FieldType.PORT, FieldType.ID, FieldType.INT, FieldType.LONG, FieldType.NUMERAL, FieldType.BYTE);

    /** Names of fields for host names in other tools. */
    private static final Pattern HOST_NAMES = Pattern.compile("(.*\\.)?(host|hostname|name|domain|fqdn|dns)");

    private static final AddressSet EVERY_ADDRESS = new AddressSet(
            IntervalSet.range(0, 0xffff_ffffL),
            IntervalSet.of(new Interval(U128.ZERO, U128.MAX))
                    .minus(IntervalSet.of(new Interval(AddressSet.MAPPED_LOW, AddressSet.MAPPED_HIGH))));

    private final Block.Target target;
    private final List<Hook> hooks;
    private final ImpossibleValueLint neverMeant;
    private final Declarations declarations;
    private final TargetFloor floor;
    private final Findings findings;

    /** Creates a reader; `hooks` are all hooks of the block. */
    public GuardReader(
            Block.Target target, List<Hook> hooks, Declarations declarations, TargetFloor floor, Findings findings) {
        this.target = target;
        this.hooks = List.copyOf(hooks);
        this.neverMeant = new ImpossibleValueLint(this.hooks, findings);
        this.declarations = declarations;
        this.floor = floor;
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
        Optional<Declarations.Declared> declared =
                declarations.find(flag.field().text());
        if (declared.isPresent() && declared.get() instanceof Declarations.Declared.Failed) {
            return Optional.empty();
        }
        if (declared.isPresent() && declared.get() instanceof Declarations.Declared.OfPredicate predicate) {
            return predicate(flag, predicate.guard());
        }
        Optional<Diagnostic> slip = FieldSuggestions.condition(flag.field(), HookFields.in(target), declarations);
        if (slip.isPresent()) {
            findings.add(slip.get());
            return Optional.empty();
        }
        Optional<Field> field = field(flag.field());
        if (field.isEmpty() || field.get().type() == FieldType.BOOL) {
            return field.map(found -> new Guard.In(found, IntervalSet.of(1)));
        }
        findings.add(Diagnostic.of(
                        Code.BARE_FIELD,
                        flag.span(),
                        "`%s` is %s, not a condition"
                                .formatted(
                                        field.get().text(), field.get().type().phrase()))
                .help("compare it with a value, as in `%s`".formatted(example(field.get()))));
        return Optional.empty();
    }

    /**
     * Reads a predicate's guard again for each block that uses it, because blocks differ in their
     * fields.
     */
    private Optional<Guard> predicate(Expr.Flag flag, Expr guard) {
        int mark = findings.mark();
        Optional<Guard> read = guard.accept(this);
        findings.since(
                mark,
                finding -> finding.note(
                        flag.span(),
                        "`%s` is tested here".formatted(flag.field().text())));
        return read;
    }

    private static String example(Field field) {
        return field.text()
                + switch (field.type()) {
                    case ADDRESS -> " in 10.0.0.0/8";
                    case PORT -> " == 443";
                    case PROTOCOL -> " == tcp";
                    case SOCKET_TYPE -> " == stream";
                    case FAMILY -> " == inet6";
                    case ID, INT, LONG, NUMERAL, BYTE -> " == 0";
                    case CGROUP, COOKIE -> " == 4711";
                    case DEVICE -> " in { \"/dev/null\" }";
                    case DEVICE_TYPE -> " == char";
                    case PACKET_TYPE -> " == host";
                    case STRING -> " == \"kernel/hostname\"";
                    case SOCKET_OPTION -> " == SO_MARK";
                    case SOCKET_LEVEL -> " == SOL_SOCKET";
                    case ERRNO -> " == 0";
                    case BOOL -> "";
                };
    }

    private Optional<Field> field(FieldRef reference) {
        List<Field> here = HookFields.in(target);
        Optional<Field> field = Field.named(reference.text());
        if (field.filter(here::contains).isPresent()) {
            holdToTargets(field.get(), reference.span());
            return field;
        }
        String list = here.stream().flatMap(one -> one.listed().stream()).collect(Collectors.joining("`, `", "`", "`"));
        if (field.isPresent()) {
            findings.add(Diagnostic.of(
                            Code.FIELD_NOT_HERE,
                            reference.span(),
                            "`%s` has no field `%s`".formatted(target.text(), reference.text()))
                    .help("write one of %s; `%s` is available in `%s`"
                            .formatted(
                                    list, reference.name(), String.join("`, `", HookFields.blocksWith(field.get())))));
            return Optional.empty();
        }
        if (reference.name().equals("ancestor")) {
            findings.add(Diagnostic.of(
                            Code.UNKNOWN_FIELD,
                            reference.span(),
                            "`%s` is not a level of the hierarchy".formatted(reference.text()))
                    .help("write `ancestor(n)` with a level of 1..%d; 1 is just below the root"
                            .formatted(Field.ANCESTORS)));
            return Optional.empty();
        }
        if (declarations
                .find(reference.text())
                .filter(Declarations.Declared.OfPredicate.class::isInstance)
                .isPresent()) {
            findings.add(Diagnostic.of(
                            Code.PREDICATE_AS_VALUE,
                            reference.span(),
                            "`%s` is a predicate, which cannot be compared".formatted(reference.text()))
                    .help("write only `%1$s` or `not %1$s`".formatted(reference.text())));
            return Optional.empty();
        }
        List<String> words = here.stream().map(Field::text).toList();
        Diagnostic unknown = Diagnostic.of(
                Code.UNKNOWN_FIELD, reference.span(), "there is no field `%s`".formatted(reference.text()));
        findings.add(
                declarations.find(reference.name()).isPresent()
                        ? unknown.help("write a field before it: `FIELD in %1$s`; this policy declares `%1$s`"
                                .formatted(reference.text()))
                        : unknown.help(
                                HOST_NAMES.matcher(reference.text()).matches()
                                        ? "a policy compares addresses, not host names: `remote.ip in { … }`"
                                        : FieldSuggestions.elsewhere(reference.text(), here)
                                                .or(() -> DidYouMean.nearest(reference.name(), words))
                                                .or(() -> underField(reference.text()))
                                                .map("did you mean `%s`?"::formatted)
                                                .orElse("write one of " + list)));
        return Optional.empty();
    }

    private void holdToTargets(Field field, Span at) {
        holdToTargets(field, target, hooks, floor, at);
    }

    /**
     * Checks a field that is newer than its hook, because its helper became available there later.
     */
    static void holdToTargets(Field field, Block.Target target, List<Hook> hooks, TargetFloor floor, Span at) {
        hooks.stream()
                .filter(hook -> FieldSources.since(hook, field).compareTo(hook.since()) > 0)
                .map(hook -> FieldSources.since(hook, field))
                .max(KernelVersion::compareTo)
                .ifPresent(needed -> floor.hold(
                        Code.NEWER_KERNEL, at, "`" + field.text() + "` in `" + target.text() + "`", needed, ""));
    }

    /** Returns the full name of a field that is written as `ip` or `port` alone. */
    private Optional<String> underField(String name) {
        return HookFields.in(target).stream()
                .map(Field::text)
                .filter(text -> text.endsWith("." + name))
                .findFirst();
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
            neverMeant.address(field.get(), compare.value().span());
            neverMeant.strings(
                    field.get(),
                    StringPattern.Kind.EXACT,
                    fixed.members().names(),
                    compare.value().span());
            return Optional.of(constant(field.get(), operator, fixed.members()));
        }
        findings.add(Diagnostic.of(
                        Code.SET_COMPARED,
                        compare.span(),
                        "`%s` compares with one value, but `%s` has several"
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
        findings.add(Diagnostic.of(Code.BOOLEAN_COMPARED, at, "`%s` is already a condition".formatted(field.text()))
                .help("write `%s` or `not %s`".formatted(field.text(), field.text())));
        return true;
    }

    private boolean isUnordered(Field field, Expr.Compare compare) {
        boolean equality = switch (compare.operator()) {
            case EQ, NE -> true;
            case LT, LE, GT, GE -> false;
        };
        boolean ordered = ORDERED.contains(field.type());
        if (equality || ordered) {
            return false;
        }
        findings.add(Diagnostic.of(
                        Code.NOT_ORDERED,
                        compare.span(),
                        "`%s` is %s, which has no order for `%s`"
                                .formatted(
                                        field.text(),
                                        field.type().phrase(),
                                        compare.operator().text()))
                .help("compare it with `==` or `!=`, or list the values: `%s in { … }`".formatted(field.text())));
        return true;
    }

    /**
     * Returns a comparison as set membership. `!=` is membership in the complement, not the
     * negation: if the field is absent, both `==` and `!=` are false (docs/semantics.md section 3).
     * Devices are never absent, and a task name only at hooks that run without a task.
     */
    private Guard constant(Field field, Comparison operator, Members members) {
        boolean unequal = operator == Comparison.NE;
        return switch (ElementKind.of(field.type())) {
            case ADDRESS ->
                new Guard.AddressIn(field, unequal ? EVERY_ADDRESS.minus(members.addresses()) : members.addresses());
            case DEVICE -> unequal ? new Guard.Not(in(field, members)) : in(field, members);
            case NAME -> unequal ? unequal(field, in(field, members)) : in(field, members);
            case NUMBER, PROTOCOL, SOCKET_TYPE, FAMILY, DEVICE_TYPE, PACKET_TYPE, OPTION, LEVEL, ERRNO ->
                number(field, numbers(operator, members.numbers(), field.type().max()));
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

    /** Returns a guard that requires the string to be present and different. */
    private Guard unequal(Field field, Guard equal) {
        Guard other = new Guard.Not(equal);
        boolean stamped = hooks.stream().anyMatch(HookFields::readsStamps);
        return field.string()
                        .filter(kind -> stamped || kind.mayBeAbsent() || kind.mayBeUnknown())
                        .isPresent()
                ? new Guard.And(List.of(new Guard.Matches(field, new TreeSet<>(Set.of(StringPattern.ANY))), other))
                : other;
    }

    private static SortedSet<StringPattern> patterns(Members members, StringPattern.Kind kind) {
        return members.names().stream()
                .map(text -> new StringPattern(kind, text))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Guard in(Field field, Members members) {
        return switch (ElementKind.of(field.type())) {
            case ADDRESS -> new Guard.AddressIn(field, members.addresses());
            case DEVICE -> new Guard.DeviceIn(members.devices());
            case NAME -> new Guard.Matches(field, patterns(members, StringPattern.Kind.EXACT));
            case NUMBER, PROTOCOL, SOCKET_TYPE, FAMILY, DEVICE_TYPE, PACKET_TYPE, OPTION, LEVEL, ERRNO ->
                number(field, members.numbers());
        };
    }

    /** Returns the membership of a number; that of a text is a pattern of the text. */
    private static Guard number(Field field, IntervalSet set) {
        return field == Field.NEW_VALUE_NUMBER
                ? new Guard.Matches(
                        Field.NEW_VALUE,
                        set.intervals().stream()
                                .map(each -> StringPattern.number(
                                        each.low().toLongExact(), each.high().toLongExact()))
                                .collect(Collectors.toCollection(TreeSet::new)))
                : new Guard.In(field, set);
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
            emptySet(field.get(), member.negated(), member.set().span());
        }
        neverMeant.address(field.get(), member.set());
        neverMeant.strings(
                field.get(),
                StringPattern.Kind.EXACT,
                set.get().base().members().names(),
                member.set().span());
        Guard guard = guard(field.get(), set.get());
        return Optional.of(member.negated() ? new Guard.Not(guard) : guard);
    }

    @Override
    public Optional<Guard> match(Expr.Match match) {
        Optional<Field> field = field(match.field());
        if (field.isEmpty() || isNoString(field.get(), match)) {
            return Optional.empty();
        }
        StringPattern.Kind kind = switch (match.kind()) {
            case PREFIX -> StringPattern.Kind.PREFIX;
            case SUFFIX -> StringPattern.Kind.SUFFIX;
            case GLOB -> StringPattern.Kind.GLOB;
        };
        Optional<SetReader.Result> set = new SetReader(
                        declarations, findings, Optional.of(Expected.of(field.get(), kind)))
                .read(match.patterns());
        if (set.isEmpty()) {
            return Optional.empty();
        }
        if (set.get().base().isEmpty()) {
            emptySet(field.get(), match.negated(), match.patterns().span());
        }
        neverMeant.strings(
                field.get(),
                kind,
                set.get().base().members().names(),
                match.patterns().span());
        Guard base = new Guard.Matches(field.get(), patterns(set.get().base().members(), kind));
        Guard guard = set.get().removed().isEmpty()
                ? base
                : new Guard.And(List.of(
                        base,
                        new Guard.Not(new Guard.Matches(
                                field.get(), patterns(set.get().removed().members(), kind)))));
        return Optional.of(match.negated() ? new Guard.Not(guard) : guard);
    }

    private void emptySet(Field field, boolean negated, Span at) {
        String what = negated
                ? "`%s` is never in an empty set: this is always true"
                : "`%s` is in an empty set: this is always false";
        String help = negated ? "add elements, or remove the condition" : "add elements, or remove the rule";
        findings.add(
                Diagnostic.of(Code.EMPTY_SET, at, what.formatted(field.text())).help(help));
    }

    private boolean isNoString(Field field, Expr.Match match) {
        if (field.type() == FieldType.STRING) {
            return false;
        }
        findings.add(Diagnostic.of(
                        Code.NO_STRING,
                        match.span(),
                        "`%s` is %s, which has no `%s`"
                                .formatted(
                                        field.text(),
                                        field.type().phrase(),
                                        match.kind().word()))
                .help("compare it with a value, as in `%s`".formatted(example(field))));
        return true;
    }

    /** Reports a single value without braces after `in`. */
    private boolean isScalar(Expr.Member member, Expected expected) {
        SetExpr.Group base = member.set().base();
        boolean bare = !base.span().text().startsWith("{");
        if (!bare || !member.set().removed().isEmpty() || base.elements().size() != 1) {
            return false;
        }
        if (!(base.elements().get(0) instanceof Element.Single single)) {
            return false;
        }
        // Read again with findings discarded; the first reading had no errors.
        Optional<Part> part =
                single.value().accept(new ValueReader(declarations, new Findings(), Optional.of(expected)));
        boolean scalar = part.isPresent()
                && (part.get() instanceof Part.Later || part.get() instanceof Part.Fixed fixed && fixed.scalar());
        if (scalar) {
            findings.add(Diagnostic.of(
                            Code.IN_SCALAR,
                            base.span(),
                            "`in` takes a set, but `%s` is one value"
                                    .formatted(base.span().text()))
                    .help("write `%s %s %s`"
                            .formatted(
                                    expected.name(),
                                    member.negated() ? "!=" : "==",
                                    base.span().text())));
        }
        return scalar;
    }

    /** Turns params among the elements into comparisons next to the constants. */
    private static Guard guard(Field field, SetReader.Result set) {
        Guard base = any(field, set.base());
        if (set.base().isConstant() && set.removed().isConstant()) {
            return base;
        }
        if (set.removed().isEmpty()) {
            return base;
        }
        return new Guard.And(List.of(base, new Guard.Not(any(field, set.removed()))));
    }

    private static Guard any(Field field, SetReader.Listed listed) {
        List<Guard> guards = new ArrayList<>();
        if (!listed.members().isEmpty() || listed.isConstant()) {
            guards.add(in(field, listed.members()));
        }
        listed.params().forEach(param -> guards.add(new Guard.CompareParam(field, Comparison.EQ, param)));
        listed.lives().forEach(live -> guards.add(new Guard.InLive(field, live)));
        return guards.size() == 1 ? guards.get(0) : new Guard.Or(guards);
    }
}
