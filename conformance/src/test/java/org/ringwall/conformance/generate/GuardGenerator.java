// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.StringPattern;
import org.ringwall.compiler.value.U128;

/**
 * A generator of guards over the fields of a block: every operator, sets, params, nested `and`,
 * `or` and `not`, and predicates.
 */
final class GuardGenerator {
    private static final AddressSet EVERY = new AddressSet(
            IntervalSet.range(0, 0xffff_ffffL),
            IntervalSet.of(
                    new Interval(U128.ZERO, AddressSet.MAPPED_LOW.previous()),
                    new Interval(AddressSet.MAPPED_HIGH.next(), U128.MAX)));

    private final RandomChoices choices;
    private final SetGenerator sets;
    private final Declarations declarations;
    private final PredicateGenerator predicates;

    GuardGenerator(RandomChoices choices, Declarations declarations, PredicateGenerator predicates) {
        this.choices = choices;
        this.sets = new SetGenerator(choices);
        this.declarations = declarations;
        this.predicates = predicates;
    }

    /**
     * Generates a guard with at most `depth` nested operators, not counting those inside
     * predicates.
     */
    Written<Guard> guard(List<Field> fields, int depth) {
        return predicates.maybe(fields, () -> unnamed(fields, depth));
    }

    private Written<Guard> unnamed(List<Field> fields, int depth) {
        int kind = depth == 0 ? 0 : choices.below(10);
        if (kind < 4) {
            return atom(fields);
        } else if (kind < 6) {
            Written<Guard> inner = guard(fields, depth - 1);
            return new Written<>("not (" + inner.text() + ")", new Guard.Not(inner.value()));
        }
        List<Written<Guard>> parts = choices.several(2, 3, () -> guard(fields, depth - 1));
        List<Guard> guards = parts.stream().map(Written::value).toList();
        return kind < 8
                ? new Written<>(joined(parts, " and "), new Guard.And(guards))
                : new Written<>(joined(parts, " or "), new Guard.Or(guards));
    }

    private static String joined(List<Written<Guard>> parts, String word) {
        return parts.stream().map(part -> "(" + part.text() + ")").collect(Collectors.joining(word));
    }

    private Written<Guard> atom(List<Field> fields) {
        Field field = choices.oneOf(fields);
        return switch (field.type()) {
            case ADDRESS -> address(field);
            case DEVICE -> device();
            case STRING -> string(field);
            case BOOL -> flag(field);
            case PROTOCOL, SOCKET_TYPE, FAMILY, DEVICE_TYPE, PACKET_TYPE, SOCKET_OPTION, SOCKET_LEVEL, ERRNO ->
                symbol(field);
            case PORT, ID, INT, LONG, BYTE -> number(field);
            case NUMERAL -> numeral(field);
            case CGROUP, COOKIE -> wide(field);
        };
    }

    /** Generates a comparison of the number of a text, or its membership in a set. */
    private Written<Guard> numeral(Field field) {
        if (choices.chance(30)) {
            Written<IntervalSet> set = sets.numbers(FieldType.INT);
            return maybeNegated(field, set.text(), numeral(set.value()));
        }
        Comparison comparison = choices.oneOf(Comparison.values());
        long value = sets.number(FieldType.INT);
        return new Written<>(
                field.text() + " " + comparison.text() + " " + sets.digits(value),
                numeral(compared(field, comparison, value)));
    }

    private static Guard numeral(IntervalSet set) {
        return new Guard.Matches(
                Field.NEW_VALUE,
                set.intervals().stream()
                        .map(each -> StringPattern.number(
                                each.low().toLongExact(), each.high().toLongExact()))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private Written<Guard> flag(Field field) {
        Guard set = new Guard.In(field, IntervalSet.of(1));
        return choices.chance(70)
                ? new Written<>(field.text(), set)
                : new Written<>("not " + field.text(), new Guard.Not(set));
    }

    private Written<Guard> symbol(Field field) {
        if (choices.chance(50)) {
            return member(field);
        }
        Written<IntervalSet> word = choices.oneOf(
                switch (field.type()) {
                    case PROTOCOL -> Pools.PROTOCOL_WORDS;
                    case SOCKET_TYPE -> Pools.TYPE_WORDS;
                    case FAMILY -> Pools.FAMILY_WORDS;
                    case SOCKET_OPTION -> Pools.OPTION_WORDS;
                    case SOCKET_LEVEL -> Pools.LEVEL_WORDS;
                    case ERRNO -> Pools.ERRNO_WORDS;
                    case PACKET_TYPE -> Pools.PACKET_TYPE_WORDS;
                    default -> Pools.DEVICE_TYPE_WORDS;
                });
        return choices.chance(60)
                ? new Written<>(field.text() + " == " + word.text(), new Guard.In(field, word.value()))
                : new Written<>(
                        field.text() + " != " + word.text(),
                        new Guard.In(field, every(field).minus(word.value())));
    }

    private Written<Guard> member(Field field) {
        Written<IntervalSet> set = declarations
                .numbers(field)
                .filter(declared -> choices.chance(40))
                .orElseGet(() -> sets.numbers(field.type()));
        return maybeNegated(field, set.text(), new Guard.In(field, set.value()));
    }

    private Written<Guard> maybeNegated(Field field, String set, Guard guard) {
        return choices.chance(75)
                ? new Written<>(field.text() + " in " + set, guard)
                : new Written<>(field.text() + " not in " + set, new Guard.Not(guard));
    }

    private Written<Guard> number(Field field) {
        int kind = choices.below(10);
        if (kind < 4) {
            return member(field);
        }
        Comparison comparison = choices.oneOf(Comparison.values());
        List<Param> params = declarations.params(field.type());
        if (kind < 7 && !params.isEmpty()) {
            Param param = choices.oneOf(params);
            String text = field.text() + " " + comparison.text() + " " + param.name();
            return new Written<>(text, new Guard.CompareParam(field, comparison, param));
        }
        long value = sets.number(field.type());
        String text = field.text() + " " + comparison.text() + " " + sets.digits(value);
        return new Written<>(text, new Guard.In(field, compared(field, comparison, value)));
    }

    /** Generates a comparison of a field whose values have no order, such as ids and cookies. */
    private Written<Guard> wide(Field field) {
        if (choices.chance(40)) {
            return member(field);
        }
        Comparison comparison = choices.chance(60) ? Comparison.EQ : Comparison.NE;
        List<Param> params = declarations.params(field.type());
        if (choices.chance(50) && !params.isEmpty()) {
            Param param = choices.oneOf(params);
            String text = field.text() + " " + comparison.text() + " " + param.name();
            return new Written<>(text, new Guard.CompareParam(field, comparison, param));
        }
        long value = sets.number(field.type());
        IntervalSet one = IntervalSet.of(value);
        return new Written<>(
                field.text() + " " + comparison.text() + " " + sets.digits(value),
                new Guard.In(
                        field, comparison == Comparison.EQ ? one : every(field).minus(one)));
    }

    private static IntervalSet every(Field field) {
        return IntervalSet.range(0, field.type().max());
    }

    private static IntervalSet compared(Field field, Comparison comparison, long value) {
        long max = field.type().max();
        IntervalSet below = value == 0 ? IntervalSet.EMPTY : IntervalSet.range(0, value - 1);
        IntervalSet above = value == max ? IntervalSet.EMPTY : IntervalSet.range(value + 1, max);
        return switch (comparison) {
            case EQ -> IntervalSet.of(value);
            case NE -> below.union(above);
            case LT -> below;
            case LE -> below.union(IntervalSet.of(value));
            case GT -> above;
            case GE -> above.union(IntervalSet.of(value));
        };
    }

    private Written<Guard> address(Field field) {
        if (choices.chance(30)) {
            Written<Address> address = sets.address();
            U128 bits = address.value().bits();
            IntervalSet one = IntervalSet.of(new Interval(bits, bits));
            AddressSet set = address.value().isV4()
                    ? new AddressSet(one, IntervalSet.EMPTY)
                    : new AddressSet(IntervalSet.EMPTY, one);
            return choices.chance(60)
                    ? new Written<>(field.text() + " == " + address.text(), new Guard.AddressIn(field, set))
                    : new Written<>(
                            field.text() + " != " + address.text(), new Guard.AddressIn(field, EVERY.minus(set)));
        }
        Written<AddressSet> set =
                declarations.addresses().filter(declared -> choices.chance(40)).orElseGet(sets::addresses);
        return maybeNegated(field, set.text(), new Guard.AddressIn(field, set.value()));
    }

    private Written<Guard> device() {
        Written<List<DeviceRange>> set =
                declarations.devices().filter(declared -> choices.chance(40)).orElseGet(sets::devices);
        return maybeNegated(Field.DEV, set.text(), new Guard.DeviceIn(set.value()));
    }

    private Written<Guard> string(Field field) {
        if (field != Field.NAME || choices.chance(60)) {
            return new StringGenerator(choices).atom(field);
        }
        Written<SortedSet<String>> set =
                declarations.names().filter(declared -> choices.chance(40)).orElseGet(sets::names);
        SortedSet<StringPattern> patterns =
                set.value().stream().map(StringPattern::exact).collect(Collectors.toCollection(TreeSet::new));
        return maybeNegated(Field.NAME, set.text(), new Guard.Matches(Field.NAME, patterns));
    }
}
