// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.sema.text.AddressSpan;
import org.ringwall.compiler.sema.text.AddressText;
import org.ringwall.compiler.sema.text.ElementKind;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Members;
import org.ringwall.compiler.sema.text.NumberText;
import org.ringwall.compiler.sema.text.Part;
import org.ringwall.compiler.sema.text.Ranges;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** A reader of `{ … } except { … }`. All elements are checked, even after an error. */
public final class SetReader implements Element.Visitor<Optional<Part>> {
    private final Declarations declarations;
    private final Findings findings;
    private final Optional<Expected> expected;

    public SetReader(Declarations declarations, Findings findings, Optional<Expected> expected) {
        this.declarations = declarations;
        this.findings = findings;
        this.expected = expected;
    }

    /** The content of a set: constants, params whose values are elements, and live sets. */
    public record Listed(Optional<ElementKind> kind, Members members, List<Param> params, List<LiveSet> lives) {
        public Listed {
            params = List.copyOf(params);
            lives = List.copyOf(lives);
        }

        boolean isEmpty() {
            return members.isEmpty() && isConstant();
        }

        public boolean isConstant() {
            return params.isEmpty() && lives.isEmpty();
        }
    }

    /**
     * A set and the elements excluded from it; the constants of `removed` are already removed from
     * `base`.
     */
    public record Result(Listed base, Listed removed) {}

    /** Reads the whole expression; empty if anything in it is wrong. */
    public Optional<Result> read(SetExpr set) {
        Optional<Listed> base = group(set.base(), Optional.empty());
        List<Listed> removed = new ArrayList<>();
        boolean whole = base.isPresent();
        Optional<ElementKind> kind = base.flatMap(Listed::kind);
        for (SetExpr.Group group : set.removed()) {
            Optional<Listed> listed = group(group, kind);
            listed.ifPresent(removed::add);
            whole &= listed.isPresent();
        }
        if (!whole) {
            return Optional.empty();
        }
        if (!removed.isEmpty() && !base.get().lives().isEmpty()) {
            liveBeforeExcept(set, base.get().lives().get(0));
            return Optional.empty();
        }
        Members left = base.get().members();
        List<Param> params = new ArrayList<>();
        List<LiveSet> lives = new ArrayList<>();
        for (int i = 0; i < removed.size(); i++) {
            Members next = left.minus(removed.get(i).members());
            boolean later = !base.get().isConstant() || !removed.get(i).isConstant();
            if (next.equals(left) && !later) {
                findings.add(Diagnostic.of(
                                Code.EXCEPT_NOTHING,
                                set.removed().get(i).span(),
                                "`except` removes nothing: none of this is in the set")
                        .help("remove it, or check it for typing errors"));
            }
            left = next;
            params.addAll(removed.get(i).params());
            lives.addAll(removed.get(i).lives());
        }
        Members out = Members.union(removed.stream().map(Listed::members).toList());
        return Optional.of(new Result(
                new Listed(kind, left, base.get().params(), base.get().lives()), new Listed(kind, out, params, lives)));
    }

    private void liveBeforeExcept(SetExpr set, LiveSet live) {
        findings.add(Diagnostic.of(
                        Code.LIVE_BEFORE_EXCEPT,
                        set.base().span(),
                        "`except` cannot remove elements from the live set `%s`".formatted(live.name()))
                .help("write two conditions: `in %s and … not in %s`"
                        .formatted(live.name(), set.removed().get(0).span().text()))
                .note(live.span(), "`%s` is declared here".formatted(live.name())));
    }

    private Optional<Listed> group(SetExpr.Group group, Optional<ElementKind> asBefore) {
        List<Members> members = new ArrayList<>();
        List<Param> params = new ArrayList<>();
        List<LiveSet> lives = new ArrayList<>();
        Map<Object, Span> seen = new HashMap<>();
        boolean whole = true;
        Optional<ElementKind> kind = asBefore;
        for (Element element : group.elements()) {
            Optional<Part> part = element.accept(this);
            if (part.isEmpty()) {
                whole = false;
                continue;
            }
            Object key = part.get();
            if (part.get() instanceof Part.Later later) {
                params.add(later.param());
            } else if (part.get() instanceof Part.Live live) {
                lives.add(live.set());
            } else if (part.get() instanceof Part.Fixed fixed) {
                Optional<ElementKind> joined = join(kind, fixed.kind());
                if (joined.isEmpty()) {
                    mixed(element.span(), fixed.kind(), kind.orElseThrow());
                    whole = false;
                    continue;
                }
                kind = joined;
                members.add(fixed.members());
                key = fixed.members();
            }
            Optional.ofNullable(seen.putIfAbsent(key, element.span())).ifPresent(first -> twice(element.span(), first));
        }
        return whole ? Optional.of(new Listed(kind, Members.union(members), params, lives)) : Optional.empty();
    }

    /** Returns the common kind: numbers and protocols together are protocols, in either order. */
    static Optional<ElementKind> join(Optional<ElementKind> before, ElementKind next) {
        if (before.isEmpty() || next.takes(before.get())) {
            return Optional.of(next);
        }
        return before.filter(kind -> kind.takes(next));
    }

    private void mixed(Span at, ElementKind found, ElementKind before) {
        findings.add(Diagnostic.of(
                        Code.MIXED_SET, at, "a set of %s cannot contain %s".formatted(before.plural(), found.plural()))
                .help("write a separate set for the %s".formatted(found.plural())));
    }

    private void twice(Span at, Span first) {
        findings.add(Diagnostic.of(Code.DUPLICATE_ELEMENT, at, "`%s` is already in the set".formatted(at.text()))
                .help("remove one of them")
                .note(first, "it is first listed here"));
    }

    @Override
    public Optional<Part> single(Element.Single single) {
        return single.value().accept(new ValueReader(declarations, findings, expected));
    }

    @Override
    public Optional<Part> listed(Element.Listed listed) {
        return declarations.lists().read(listed, declarations, findings, expected);
    }

    @Override
    public Optional<Part> range(Element.Range range) {
        Value low = range.low();
        Value high = range.high();
        if (!(low instanceof Value.Literal first) || !(high instanceof Value.Literal last)) {
            Value odd = low instanceof Value.Literal ? high : low;
            return unfit(
                    odd.span(),
                    "`%s` cannot be the end of a range".formatted(odd.span().text()),
                    "write two numbers or two addresses; compare with a param by `>=` and `<=`");
        }
        boolean numbers = first.form() == Value.Literal.Form.INTEGER;
        if (numbers != (last.form() == Value.Literal.Form.INTEGER)) {
            return unfit(
                    range.span(),
                    "the range `%s` mixes a number and an address"
                            .formatted(range.span().text()),
                    "write two numbers or two addresses");
        }
        return numbers ? numbers(range, first, last) : addresses(range, first, last);
    }

    private Optional<Part> unfit(Span at, String message, String help) {
        findings.add(Diagnostic.of(Code.MIXED_RANGE, at, message).help(help));
        return Optional.empty();
    }

    private Optional<Part> numbers(Element.Range range, Value.Literal first, Value.Literal last) {
        if (expected.isPresent() && expected.get().kind() != ElementKind.NUMBER) {
            return mismatch(range.span(), "a range of numbers");
        }
        FieldType type = expected.map(Expected::type).orElse(FieldType.INT);
        Optional<Long> low = NumberText.read(first.text(), type).orReport(findings, first.span());
        Optional<Long> high = NumberText.read(last.text(), type).orReport(findings, last.span());
        if (low.isEmpty() || high.isEmpty()) {
            return Optional.empty();
        }
        return Ranges.ordered(low.get(), high.get(), first.text(), last.text())
                .orReport(findings, range.span())
                .map(interval -> new Part.Fixed(ElementKind.NUMBER, Members.of(IntervalSet.of(interval)), false));
    }

    private Optional<Part> addresses(Element.Range range, Value.Literal first, Value.Literal last) {
        if (expected.isPresent() && expected.get().kind() != ElementKind.ADDRESS) {
            return mismatch(range.span(), "a range of addresses");
        }
        Optional<AddressSpan> low = AddressText.read(first.text()).orReport(findings, first.span());
        Optional<AddressSpan> high = AddressText.read(last.text()).orReport(findings, last.span());
        if (low.isEmpty() || high.isEmpty()) {
            return Optional.empty();
        }
        if (low.get().prefix() || high.get().prefix()) {
            return unfit(
                    range.span(),
                    "a prefix cannot be the end of a range",
                    "list the prefixes, or write a range from one address to another");
        }
        if (low.get().meansV4() != high.get().meansV4()) {
            return unfit(
                    range.span(),
                    "the range `%s` mixes an IPv4 and an IPv6 address"
                            .formatted(range.span().text()),
                    "write one range for each family");
        }
        Interval from = bits(low.get());
        Interval to = bits(high.get());
        return Ranges.ordered(from.low(), to.high(), first.text(), last.text())
                .orReport(findings, range.span())
                .map(interval -> new Part.Fixed(
                        ElementKind.ADDRESS,
                        Members.of(
                                low.get().meansV4()
                                        ? new AddressSet(IntervalSet.of(interval), IntervalSet.EMPTY)
                                        : new AddressSpan(false, interval, false).set()),
                        false));
    }

    /** Returns the normalised bits, so that both spellings of an IPv4 address are comparable. */
    private static Interval bits(AddressSpan span) {
        return span.meansV4() ? span.set().v4().intervals().get(0) : span.raw();
    }

    private Optional<Part> mismatch(Span at, String found) {
        Expected place = expected.orElseThrow();
        findings.add(Diagnostic.of(
                        Code.TYPE_MISMATCH,
                        at,
                        "`%s` is %s, but `%s` is %s"
                                .formatted(place.name(), place.type().phrase(), at.text(), found))
                .help(place.help()));
        return Optional.empty();
    }
}
