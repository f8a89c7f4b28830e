// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.report.Region;
import org.ringwall.compiler.report.Region.FieldValues;
import org.ringwall.compiler.report.Region.Values;
import org.ringwall.compiler.strings.Classifier;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** A translation of the paths of one hook's diagram to regions, in the words of the language. */
final class RegionReader {
    private static final int SHOWN = 8;
    /** Fields that a program can replace: an address, a path, a value. */
    private static final Set<Field> NAMED = EnumSet.of(
            Field.REMOTE_IP,
            Field.REMOTE_PORT,
            Field.LOCAL_IP,
            Field.LOCAL_PORT,
            Field.PATH,
            Field.NEW_VALUE,
            Field.OPTVAL);

    private static final Set<Variable> HALVES = EnumSet.of(
            Variable.IP6_HIGH,
            Variable.IP6_LOW,
            Variable.PACKET_REMOTE_IP6_HIGH,
            Variable.PACKET_REMOTE_IP6_LOW,
            Variable.PACKET_LOCAL_IP6_HIGH,
            Variable.PACKET_LOCAL_IP6_LOW);

    /** The halves of the 128-bit addresses of a request, and what they are called. */
    private enum Halves {
        PEER("address ", Variable.IP6_HIGH, Variable.IP6_LOW),
        PACKET_REMOTE("remote address ", Variable.PACKET_REMOTE_IP6_HIGH, Variable.PACKET_REMOTE_IP6_LOW),
        LOCAL("local address ", Variable.LOCAL_IP6_HIGH, Variable.LOCAL_IP6_LOW),
        PACKET_LOCAL("local address ", Variable.PACKET_LOCAL_IP6_HIGH, Variable.PACKET_LOCAL_IP6_LOW);

        private final String label;
        private final Variable high;
        private final Variable low;

        Halves(String label, Variable high, Variable low) {
            this.label = label;
            this.high = high;
            this.low = low;
        }

        boolean in(DiagramPath path) {
            return !path.sets().getOrDefault(high, IntervalSet.EMPTY).isEmpty();
        }
    }

    private final Hook hook;
    private final Policy policy;
    private final ValuePrinter values;

    RegionReader(Hook hook, Map<Variable, Classifier> strings, Policy policy) {
        this.hook = hook;
        this.policy = policy;
        this.values = new ValuePrinter(strings, policy.sets());
    }

    /** The values of a field, and the same as text with the label of the field. */
    private record Part(FieldValues values, String text) {}

    /** A region without the addresses of one kind. */
    private record Rest(
            Verdict verdict,
            List<RuleRef> rules,
            List<Part> before,
            Optional<Halves> halves,
            List<Part> after,
            List<Region.Condition> conditions,
            List<String> changes) {}

    /** The addresses of a region, and those that cannot be listed, as halves and as text. */
    private static final class Addresses {
        private final List<Interval> listed = new ArrayList<>();
        private final List<Values> halves = new ArrayList<>();
        private final List<String> texts = new ArrayList<>();
    }

    /** Joins paths with the same rules that differ in their addresses alone. */
    List<Region> read(List<DiagramPath> paths) {
        Map<Rest, Addresses> joined = new LinkedHashMap<>();
        for (DiagramPath path : paths) {
            Rest rest = rest(path);
            Addresses addresses = joined.computeIfAbsent(rest, any -> new Addresses());
            rest.halves().ifPresent(halves -> collect(path, halves, addresses));
        }
        return joined.entrySet().stream()
                .map(each -> region(each.getKey(), each.getValue()))
                .toList();
    }

    private Rest rest(DiagramPath path) {
        List<Halves> present =
                Arrays.stream(Halves.values()).filter(each -> each.in(path)).toList();
        List<Part> before = new ArrayList<>();
        path.sets().forEach((variable, set) -> {
            if (!HALVES.contains(variable) && !equalsParam(path, variable, set)) {
                Described described = values.choice(set, variable);
                before.add(part(variable, described.choices(), ValuePrinter.label(variable) + described.text()));
            }
        });
        List<Part> after = new ArrayList<>();
        present.stream().skip(1).forEach(more -> {
            Addresses second = new Addresses();
            collect(path, more, second);
            after.add(field(more, second));
        });
        return new Rest(
                path.outcome().verdict(),
                path.outcome().rules(),
                before,
                present.stream().findFirst(),
                after,
                path.conditions().stream().map(this::condition).toList(),
                changes(path));
    }

    private Part part(Variable variable, List<Values> choices, String text) {
        return new Part(new FieldValues(FieldNames.of(variable, hook), choices), text);
    }

    private Region region(Rest rest, Addresses joined) {
        List<Part> parts = new ArrayList<>(rest.before());
        rest.halves().ifPresent(halves -> parts.add(field(halves, joined)));
        parts.addAll(rest.after());
        return new Region(
                rest.verdict().toString(),
                rest.rules().stream()
                        .map(rule -> rule.in(policy).span().ruleText())
                        .toList(),
                parts.stream().map(Part::values).toList(),
                rest.conditions(),
                rest.changes(),
                text(parts, rest));
    }

    /** Returns the region in the words of the language: `port 80 => redirect …`. */
    private static String text(List<Part> parts, Rest rest) {
        String all = Stream.concat(
                        parts.stream().map(Part::text),
                        rest.conditions().stream().map(Region.Condition::text))
                .collect(Collectors.joining(", "));
        return (all.isEmpty() ? "anything" : all)
                + (rest.changes().isEmpty() ? "" : " => " + String.join("; ", rest.changes()));
    }

    private Region.Condition condition(DiagramPath.Condition condition) {
        return condition.predicate().accept(new ConditionReader(hook, condition.holds()));
    }

    /** Returns whether a condition that a field equals a param says all that its set does. */
    private static boolean equalsParam(DiagramPath path, Variable variable, IntervalSet set) {
        return path.conditions().stream()
                .anyMatch(condition -> condition.holds()
                        && condition.predicate() instanceof Predicate.CompareParam compare
                        && compare.variable() == variable
                        && compare.comparison() == Comparison.EQ
                        && IntervalSet.range(
                                        compare.param().min(), compare.param().max())
                                .minus(set)
                                .isEmpty());
    }

    /** Returns the destinations and values that replace those of the request. */
    private static List<String> changes(DiagramPath path) {
        return path.outcome().writes().stream()
                .filter(effect -> effect instanceof Effect.Redirect
                        || effect instanceof Effect.Assign assign && isTakenInPlace(assign.field(), path))
                .map(Effect::toString)
                .toList();
    }

    /** Returns whether an assigned field takes effect; a read of a sysctl writes nothing. */
    private static boolean isTakenInPlace(Field field, DiagramPath path) {
        boolean reading = IntervalSet.of(0).equals(path.sets().getOrDefault(Variable.WRITE, IntervalSet.EMPTY));
        return NAMED.contains(field) && !(field == Field.NEW_VALUE && reading);
    }

    private static void collect(DiagramPath path, Halves halves, Addresses to) {
        IntervalSet low = path.sets().getOrDefault(halves.low, IntervalSet.EMPTY);
        for (Interval high :
                path.sets().getOrDefault(halves.high, IntervalSet.EMPTY).intervals()) {
            long more = high.high().low() - high.low().low();
            if (low.isEmpty()) {
                to.listed.add(new Interval(
                        new U128(high.low().low(), 0), new U128(high.high().low(), -1)));
            } else if (Long.compareUnsigned(more, SHOWN) < 0) {
                for (long i = 0; i <= more; i++) {
                    long half = high.low().low() + i;
                    low.intervals()
                            .forEach(rest -> to.listed.add(new Interval(
                                    new U128(half, rest.low().low()),
                                    new U128(half, rest.high().low()))));
                }
            } else {
                low.intervals().forEach(rest -> {
                    to.texts.add(halves(high, rest));
                    to.halves.add(Choices.halves(high, rest));
                });
            }
        }
    }

    private Part field(Halves halves, Addresses all) {
        List<String> texts = new ArrayList<>(all.texts);
        List<Values> choices = new ArrayList<>(all.halves);
        if (!all.listed.isEmpty()) {
            boolean packets = halves == Halves.PACKET_REMOTE || halves == Halves.PACKET_LOCAL;
            Described listed = values.addresses(IntervalSet.of(all.listed), packets);
            texts.add(0, listed.text());
            choices.addAll(0, listed.choices());
        }
        String shown = texts.stream().limit(SHOWN).collect(Collectors.joining(" or "));
        String more = texts.size() > SHOWN ? " or " + (texts.size() - SHOWN) + " more ranges" : "";
        return part(halves.high, choices, halves.label + shown + more);
    }

    /** Returns the text of many high halves with the same low halves. */
    private static String halves(Interval high, Interval low) {
        return Address.ofV6(new U128(high.low().low(), 0)) + ".."
                + Address.ofV6(new U128(high.high().low(), 0)) + " with the last 64 bits "
                + Long.toHexString(low.low().low()) + ".."
                + Long.toHexString(low.high().low());
    }
}
