// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.List;

/**
 * A builder for the cases of a switch, in ascending order. Adjacent cases with the same target
 * become one.
 */
public final class CaseList {
    private final List<Terminator.Case> cases = new ArrayList<>();

    /** Adds a case from the end of the last one up to `high`, inclusive. */
    public CaseList add(long high, BlockId target) {
        int last = cases.size() - 1;
        if (last >= 0 && cases.get(last).target().equals(target)) {
            return widen(high);
        }
        cases.add(new Terminator.Case(high, target));
        return this;
    }

    /**
     * Adds a case for the numbers below `next` that have none. After the first case, 0 means 2^64.
     */
    public CaseList fill(long next, BlockId target) {
        long first = cases.isEmpty() ? 0 : cases.get(cases.size() - 1).high() + 1;
        return first == next ? this : add(next - 1, target);
    }

    /** Extends the last case up to `high`. The list must not be empty. */
    public CaseList widen(long high) {
        int last = cases.size() - 1;
        cases.set(last, new Terminator.Case(high, cases.get(last).target()));
        return this;
    }

    /** Returns the cases. */
    public List<Terminator.Case> cases() {
        return List.copyOf(cases);
    }

    /** Returns a switch on the value, or a goto if all cases have the same target. */
    public Terminator on(Value value) {
        return cases.size() == 1 ? new Terminator.Goto(cases.get(0).target()) : new Terminator.Switch(value, cases);
    }
}
