// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.verifier;

import org.ringwall.bpf.insn.Width;

/** The checks of loads from the stack and stores to it. */
final class StackAccesses {
    private final boolean variable;
    private final Report report;

    /**
     * Creates the checks.
     *
     * @param variable whether the kernel accepts offsets that are not constant on each path
     */
    StackAccesses(boolean variable, Report report) {
        this.variable = variable;
        this.report = report;
    }

    /**
     * Returns the value that a load yields. `base` is an offset from r10, to which the access's own
     * offset is added.
     */
    Value load(Stack stack, Accesses.Place place, Numbers base) {
        if (!base.isConstant()) {
            return loadVariable(stack, place, base);
        }
        Value result = Value.NOTHING;
        for (long constant : base.constants()) {
            result = Value.join(result, loadAt(stack, place, constant + place.off()));
        }
        return result;
    }

    private Value loadAt(Stack stack, Accesses.Place place, long at) {
        Value plain = Value.of(Numbers.ofBytes(place.bytes()));
        if (!inside(place, at)) {
            return plain;
        }
        if (!stack.isWritten(at, place.bytes())) {
            unset(place, at);
        }
        if (place.width() != Width.DW) {
            whole(stack, place, at, place.bytes());
            return plain;
        }
        Value spilled = stack.spilled(at);
        return spilled == Value.NOTHING ? plain : spilled;
    }

    private void unset(Accesses.Place place, long at) {
        report.add(
                VerifierAssertion.SET_STACK,
                place.slot(),
                "reads %d bytes at r10 %+d, which some path here does not set".formatted(place.bytes(), at));
    }

    private boolean inside(Accesses.Place place, long at) {
        boolean inside = Stack.holds(at, place.bytes());
        if (!inside || at % place.bytes() != 0) {
            report.add(
                    VerifierAssertion.STACK_SIZE,
                    place.slot(),
                    "%d bytes at r10 %+d are not aligned within the frame".formatted(place.bytes(), at));
        }
        return inside;
    }

    private void whole(Stack stack, Accesses.Place place, long at, int bytes) {
        if (stack.holdsPointer(at, bytes)) {
            report.add(VerifierAssertion.POINTER, place.slot(), "reads a part of a pointer at r10 %+d".formatted(at));
        }
    }

    private Value loadVariable(Stack stack, Accesses.Place place, Numbers base) {
        if (variableInside(place, base)) {
            long from = base.min() + place.off();
            int bytes = (int) (base.max() - base.min()) + place.bytes();
            if (!stack.isWritten(from, bytes)) {
                unset(place, from);
            }
            whole(stack, place, from, bytes);
        }
        return Value.of(Numbers.ofBytes(place.bytes()));
    }

    private boolean variableInside(Accesses.Place place, Numbers base) {
        boolean sane = base.within(-Stack.BYTES, Stack.BYTES);
        boolean inside = sane
                && Stack.holds(base.min() + place.off(), place.bytes())
                && Stack.holds(base.max() + place.off(), place.bytes());
        boolean aligned = base.aligned(place.bytes()) && place.off() % place.bytes() == 0;
        if (!variable || !inside || !aligned) {
            report.add(
                    VerifierAssertion.STACK_SIZE,
                    place.slot(),
                    "the stack is accessed at " + base + " + " + place.off());
        }
        return inside;
    }

    /** Stores a value. `certain` is true if this is the target on every path. */
    void store(State state, Accesses.Place place, Numbers base, Value stored, boolean certain) {
        boolean pointer = !stored.pointers().isEmpty();
        if (pointer && (place.width() != Width.DW || !base.isSingle() || !certain)) {
            report.add(VerifierAssertion.POINTER, place.slot(), "stores a pointer at no one slot of the stack");
        }
        if (!base.isConstant()) {
            if (variableInside(place, base)) {
                int bytes = (int) (base.max() - base.min()) + place.bytes();
                // The kernel treats all reachable bytes as written: check_stack_write_var_off.
                state.ownStack().write(base.min() + place.off(), bytes);
            }
            return;
        }
        for (long constant : base.constants()) {
            long at = constant + place.off();
            if (inside(place, at)) {
                storeAt(state.ownStack(), place, at, stored, certain && base.isSingle());
            }
        }
    }

    private static void storeAt(Stack stack, Accesses.Place place, long at, Value stored, boolean certain) {
        if (!certain) {
            stack.perhapsWrite(at, place.bytes());
        } else if (place.width() == Width.DW && at % place.bytes() == 0) {
            boolean kept = !stored.pointers().isEmpty() || stored.numbers().isConstant();
            stack.spill(at, kept ? spillable(stored) : Value.NOTHING);
        } else {
            stack.write(at, place.bytes());
        }
    }

    /**
     * Returns the value as known after a spill. Before 6.3 a spilled number is known only if it is
     * constant.
     */
    private static Value spillable(Value stored) {
        boolean forgotten = !stored.numbers().isEmpty() && !stored.numbers().isConstant();
        Value known = forgotten ? stored.withNumbers(Numbers.UNKNOWN) : stored;
        return new Value(false, known.numbers(), known.pointers());
    }
}
