// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.value.U128;

/** Section 3: the value of a guard for a subject, with every atom that was evaluated. */
final class GuardEvaluator implements Guard.Visitor<Truth> {
    private final EvaluationContext context;
    private final Subject subject;
    private final List<Trace.Reason> reasons = new ArrayList<>();

    GuardEvaluator(EvaluationContext context, Subject subject) {
        this.context = context;
        this.subject = subject;
    }

    /** Returns the atoms evaluated so far, in source order. */
    List<Trace.Reason> reasons() {
        return reasons;
    }

    @Override
    public Truth constant(Guard.Const guard) {
        return Truth.of(guard.value());
    }

    @Override
    public Truth not(Guard.Not guard) {
        return guard.guard().accept(this).negated();
    }

    @Override
    public Truth and(Guard.And guard) {
        return guard.guards().stream().map(part -> part.accept(this)).reduce(Truth.TRUE, Truth::and);
    }

    @Override
    public Truth or(Guard.Or guard) {
        return guard.guards().stream().map(part -> part.accept(this)).reduce(Truth.FALSE, Truth::or);
    }

    @Override
    public Truth in(Guard.In guard) {
        return atom(
                guard,
                guard.field(),
                guard.set().isEmpty(),
                value -> guard.set().contains(number(value)));
    }

    @Override
    public Truth addressIn(Guard.AddressIn guard) {
        boolean empty = guard.set().v4().isEmpty() && guard.set().v6().isEmpty();
        return atom(guard, guard.field(), empty, value -> guard.set().contains(((FieldValue.Ip) value).address()));
    }

    @Override
    public Truth deviceIn(Guard.DeviceIn guard) {
        return atom(guard, Field.DEV, guard.ranges().isEmpty(), value -> {
            FieldValue.Device device = (FieldValue.Device) value;
            return guard.ranges().stream()
                    .anyMatch(range -> range.contains(device.type(), device.major(), device.minor()));
        });
    }

    @Override
    public Truth matches(Guard.Matches guard) {
        boolean empty = guard.patterns().isEmpty();
        return truth(
                guard,
                guard.field(),
                empty,
                value -> guard.patterns().stream()
                        .map(pattern -> StringMatch.of(pattern, (FieldValue.Text) value))
                        .reduce(Truth.FALSE, Truth::or));
    }

    @Override
    public Truth compareParam(Guard.CompareParam guard) {
        return atom(
                guard,
                guard.field(),
                false,
                value -> guard.comparison().holds(number(value), context.value(guard.param())));
    }

    /** Section 12: an entry covers the value, which is within the set's range. */
    @Override
    public Truth inLive(Guard.InLive guard) {
        Optional<LiveMembers> held =
                Optional.ofNullable(context.content().liveSets().get(guard.set()));
        return atom(
                guard,
                guard.field(),
                false,
                value -> covers(held, value)
                        && (guard.set().within().isEmpty() || covers(guard.set().within(), value)));
    }

    private static boolean covers(Optional<LiveMembers> members, FieldValue value) {
        if (members.isEmpty()) {
            return false;
        } else if (members.get() instanceof LiveMembers.Nets nets) {
            return nets.set().contains(((FieldValue.Ip) value).address());
        } else if (members.get() instanceof LiveMembers.Devices devices) {
            FieldValue.Device device = (FieldValue.Device) value;
            return devices.ranges().stream()
                    .anyMatch(range -> range.contains(device.type(), device.major(), device.minor()));
        }
        return ((LiveMembers.Numbers) members.get()).set().contains(U128.of(number(value)));
    }

    private static long number(FieldValue value) {
        return ((FieldValue.Number) value).value();
    }

    /**
     * Evaluates an atom. On an unknown field it is unknown, whatever the comparison (sections 6 and
     * 11). On an absent field it is false, whatever the operator. Membership in the empty set is
     * false too (section 8), for strings even if the field is unknown.
     */
    private Truth atom(Guard guard, Field field, boolean overEmptySet, Function<FieldValue, Boolean> holds) {
        boolean never = overEmptySet && !subject.isUnknown(field);
        return truth(guard, field, never, value -> Truth.of(holds.apply(value)));
    }

    private Truth truth(Guard guard, Field field, boolean overEmptySet, Function<FieldValue, Truth> holds) {
        Truth truth;
        if (overEmptySet) {
            truth = Truth.FALSE;
        } else if (subject.isUnknown(field)) {
            truth = Truth.UNKNOWN;
        } else {
            truth = subject.value(field).map(holds).orElse(Truth.FALSE);
        }
        reasons.add(new Trace.Reason(guard, truth, subject.describe(field)));
        return truth;
    }
}
