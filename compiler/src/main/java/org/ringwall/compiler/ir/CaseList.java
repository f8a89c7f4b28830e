package org.ringwall.compiler.ir;

import java.util.ArrayList;
import java.util.List;

/** The cases of a switch as they are found, in ascending order; neighbours that lead to one block are one case. */
public final class CaseList {
    private final List<Terminator.Case> cases = new ArrayList<>();

    /** Adds the numbers after those that are there up to `high`. */
    public CaseList add(long high, BlockId target) {
        int last = cases.size() - 1;
        if (last >= 0 && cases.get(last).target().equals(target)) {
            return widen(high);
        }
        cases.add(new Terminator.Case(high, target));
        return this;
    }

    /** The last case goes up to `high`; there is one. */
    public CaseList widen(long high) {
        int last = cases.size() - 1;
        cases.set(last, new Terminator.Case(high, cases.get(last).target()));
        return this;
    }

    /** Goes where the value says, or on where all cases lead to one block. */
    public Terminator on(Value value) {
        return cases.size() == 1 ? new Terminator.Goto(cases.get(0).target()) : new Terminator.Switch(value, cases);
    }
}
