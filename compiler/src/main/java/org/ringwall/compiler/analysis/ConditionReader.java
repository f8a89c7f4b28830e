// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.analysis;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.diagram.Predicate;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.report.Region;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.U128;

/**
 * A translation of conditions whose operands are known only at run time.
 *
 * @param hook the hook, by which fields are named
 * @param holds the answer of the condition
 */
record ConditionReader(Hook hook, boolean holds) implements Predicate.Visitor<Region.Condition> {
    /** Returns a condition with its answer as text; it does not depend on the hook. */
    static String text(DiagramPath.Condition condition) {
        return condition
                .predicate()
                .accept(new ConditionReader(Hook.CONNECT4, condition.holds()))
                .text();
    }

    @Override
    public Region.Condition compareParam(Predicate.CompareParam compare) {
        Comparison comparison = holds
                ? compare.comparison()
                : switch (compare.comparison()) {
                    case EQ -> Comparison.NE;
                    case LT -> Comparison.GE;
                    case LE -> Comparison.GT;
                    case NE, GT, GE -> throw new IllegalStateException("not canonical");
                };
        String param = compare.param().name();
        return new Region.Condition(
                Region.Kind.PARAM,
                Optional.of(FieldNames.of(compare.variable(), hook)),
                Optional.of(comparison.text()),
                Optional.empty(),
                param,
                true,
                ValuePrinter.label(compare.variable()).strip() + " " + comparison.text() + " " + param);
    }

    @Override
    public Region.Condition inLive(Predicate.InLive live) {
        // The set of an address in two words, or of a device, is tested with all of its parts.
        boolean device = live.last() == Variable.MINOR;
        Optional<String> address = device ? Optional.empty() : address(live);
        String what = address.orElseGet(() -> device ? "dev" : ValuePrinter.label(live.last()));
        return new Region.Condition(
                Region.Kind.LIVE_SET,
                Optional.of(device ? "dev" : FieldNames.of(live.last(), hook)),
                Optional.empty(),
                address,
                live.set().name(),
                holds,
                what.strip().replace(" half", "")
                        + (holds ? " in " : " not in ")
                        + live.set().name());
    }

    /** Returns the address that replaces the destination "any" of the request, if one does. */
    private static Optional<String> address(Predicate.InLive live) {
        List<Long> constants = live.parts().stream()
                .filter(Predicate.Part.Is.class::isInstance)
                .map(part -> ((Predicate.Part.Is) part).value())
                .toList();
        if (constants.size() != live.parts().size()) {
            return Optional.empty();
        }
        return switch (live.last()) {
            case IP4 -> Optional.of(Address.v4(constants.get(0)).toString());
            case IP6_LOW ->
                Optional.of(Address.ofV6(new U128(constants.get(0), constants.get(1)))
                        .toString());
            default -> Optional.empty();
        };
    }

    @Override
    public Region.Condition token(Predicate.Token token) {
        String name = token.rate().name();
        return named(Region.Kind.RATE, name, (holds ? "within " : "beyond ") + name);
    }

    @Override
    public Region.Condition hasEntry(Predicate.HasEntry entry) {
        String name = entry.table().name();
        return named(Region.Kind.TABLE, name, (holds ? "with an entry in " : "without an entry in ") + name);
    }

    @Override
    public Region.Condition firstIn(Predicate.FirstIn first) {
        String text = (holds ? "by" : "not by") + " the first that holds of "
                + first.members().cardinality() + " of "
                + first.terms().list().size() + " conditions";
        return named(Region.Kind.CLASSIFIER, "", text);
    }

    @Override
    public Region.Condition guardHolds(Predicate.GuardHolds guard) {
        String text = (holds ? "where rule " : "where not rule ") + guard.rule() + " holds";
        return named(Region.Kind.CLASSIFIER, "", text);
    }

    @Override
    public Region.Condition globMatches(Predicate.GlobMatches glob) {
        String not = holds ? "" : "not ";
        return new Region.Condition(
                Region.Kind.GLOB,
                Optional.of(FieldNames.of(glob.variable(), hook)),
                Optional.empty(),
                Optional.empty(),
                glob.glob().text(),
                holds,
                ValuePrinter.label(glob.variable()).strip() + " " + not + glob.glob());
    }

    private Region.Condition named(Region.Kind kind, String name, String text) {
        return new Region.Condition(kind, Optional.empty(), Optional.empty(), Optional.empty(), name, holds, text);
    }
}
