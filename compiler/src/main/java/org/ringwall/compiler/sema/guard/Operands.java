// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.Optional;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Members;
import org.ringwall.compiler.sema.text.Part;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** A reader of the operands of effects, a single value each. */
public final class Operands {
    private Operands() {}

    /** Reads one number, address, string or param; empty after a report. */
    public static Optional<Effect.Operand> one(
            Expected expected, Value value, Declarations declarations, Findings findings) {
        Optional<Part> part = value.accept(new ValueReader(declarations, findings, Optional.of(expected)));
        if (part.isEmpty()) {
            return Optional.empty();
        }
        if (part.get() instanceof Part.Fixed fixed && fixed.members().names().contains("")) {
            boolean path = expected.name().equals(Field.PATH.text());
            findings.add(Diagnostic.of(
                            Code.BAD_STRING,
                            value.span(),
                            path
                                    ? "the path of a Unix socket cannot be empty"
                                    : "the value of a sysctl cannot be empty")
                    .help(path ? "write a path, or `\"@name\"` for an abstract name" : "write a value, as in `\"0\"`"));
            return Optional.empty();
        }
        if (part.get() instanceof Part.Later later) {
            return Optional.of(new Effect.Operand.OfParam(later.param()));
        }
        Optional<Effect.Operand> one = part.get() instanceof Part.Fixed fixed ? constant(fixed) : Optional.empty();
        if (one.isEmpty()) {
            findings.add(Diagnostic.of(
                            Code.SEVERAL_ASSIGNED,
                            value.span(),
                            "`%s` takes one value, but `%s` has several"
                                    .formatted(expected.name(), value.span().text()))
                    .help(expected.help()));
        }
        return one;
    }

    private static Optional<Effect.Operand> constant(Part.Fixed fixed) {
        Members members = fixed.members();
        if (!members.addresses().v4().isEmpty()) {
            return single(members.addresses().v4())
                    .map(interval -> new Effect.Operand.OfAddress(new Address(true, interval.low())));
        }
        if (!members.addresses().v6().isEmpty()) {
            return single(members.addresses().v6())
                    .map(interval -> new Effect.Operand.OfAddress(new Address(false, interval.low())));
        }
        if (!members.names().isEmpty()) {
            return members.names().size() == 1
                    ? Optional.of(new Effect.Operand.OfText(
                            ByteString.of(members.names().first())))
                    : Optional.empty();
        }
        return single(members.numbers())
                .map(interval -> new Effect.Operand.OfNumber(interval.low().toLongExact()));
    }

    private static Optional<Interval> single(IntervalSet set) {
        boolean one = set.intervals().size() == 1
                && set.intervals().get(0).low().equals(set.intervals().get(0).high());
        return one ? Optional.of(set.intervals().get(0)) : Optional.empty();
    }
}
