// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.NumberOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Cost;
import org.ringwall.compiler.tables.Costs;

/**
 * A switch on a 64-bit number by its upper 32 bits, if only a few values of these need the lower 32
 * bits, which are then a number of their own. An example are IPv4-mapped addresses in the low
 * halves of IPv6 addresses.
 */
public final class WindowSwitch implements SwitchForm {
    private static final int HALF = 32;
    private static final int MOST_WINDOWS = 8;
    private static final int FEWEST_WAYS = 4;

    /**
     * The maximum number of windows for which branches are predictable, as for halves of IPv6
     * addresses; more windows, as of classes and ports, are random.
     */
    private static final int MOST_STEADY = 3;

    private static final long LOW = 0xffff_ffffL;

    private final List<Window> windows;
    private final BlockId last;
    private final Cost cost;

    /**
     * The numbers with these upper bits, and their form if they have several ways. Numbers between
     * the previous window and this one go to `before`.
     */
    private record Window(long upper, SwitchTargets ways, Optional<SwitchForm> form, BlockId before) {
        static Window of(long upper, SwitchTargets ways, BlockId before) {
            Optional<SwitchForm> form = ways.size() == 1
                    ? Optional.empty()
                    : Optional.of(SwitchForm.cheapest(ways, Numbers.Number.ofBits(HALF)));
            return new Window(upper, ways, form, before);
        }
    }

    private WindowSwitch(List<Window> windows, BlockId last) {
        this.windows = windows;
        this.last = last;
        double comparison = windows.size() <= MOST_STEADY ? Costs.COMPARE_NS / 2 : Costs.COMPARE_NS;
        Cost sum = CompareTree.cost(windows.size() + 1, 2, comparison);
        double worst = 0;
        for (Window window : windows) {
            Cost inside = window.form().map(SwitchForm::cost).orElse(new Cost(0, 0));
            sum = new Cost(sum.instructions() + inside.instructions() + 2, sum.nanoseconds());
            worst = Math.max(worst, inside.nanoseconds());
        }
        this.cost = sum.plus(new Cost(2, worst));
    }

    /** Returns the form; empty if there are too many windows, or none. */
    static Optional<SwitchForm> of(SwitchTargets ways, Numbers.Number number) {
        if (number.bits() <= HALF || ways.size() < FEWEST_WAYS) {
            return Optional.empty();
        }
        Map<Long, Integer> uppers = new TreeMap<>(Long::compareUnsigned);
        for (int i = 0; i + 1 < ways.size(); i++) {
            uppers.putIfAbsent(ways.at(i).high() >>> HALF, i);
            if (uppers.size() > MOST_WINDOWS) {
                return Optional.empty();
            }
        }
        List<Window> windows = new ArrayList<>();
        uppers.forEach((upper, first) -> {
            SwitchTargets inside = ways.within(upper << HALF, upper << HALF | LOW);
            windows.add(Window.of(upper, inside, ways.at(first).target()));
        });
        return Optional.of(new WindowSwitch(windows, ways.at(ways.size() - 1).target()));
    }

    @Override
    public Cost cost() {
        return cost;
    }

    @Override
    public String text() {
        List<String> inside = windows.stream()
                .flatMap(window -> window.form().stream())
                .map(SwitchForm::text)
                .toList();
        return "by the upper 32 bits, then " + String.join("; ", inside);
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Emission.Body top = emission.body(origin);
        Value upper = top.add(NumberOp.Alu.shr(HALF), value);
        List<Terminator.Case> cases = new ArrayList<>();
        List<BlockId> names = new ArrayList<>();
        for (Window window : windows) {
            BlockId name = window.ways().size() == 1 ? window.ways().at(0).target() : emission.name();
            names.add(name);
            if (window.upper() != 0
                    && (cases.isEmpty() || cases.get(cases.size() - 1).high() != window.upper() - 1)) {
                cases.add(new Terminator.Case(window.upper() - 1, window.before()));
            }
            cases.add(new Terminator.Case(window.upper(), name));
        }
        if (cases.get(cases.size() - 1).high() != LOW) {
            cases.add(new Terminator.Case(LOW, last));
        }
        top.end(origin.id(), origin.span(), new Terminator.Switch(upper, cases));
        for (int i = 0; i < windows.size(); i++) {
            if (windows.get(i).ways().size() > 1) {
                Emission.Body body = emission.body();
                Value low = body.add(NumberOp.Alu.low(HALF), value);
                body.end(names.get(i), origin.span(), windows.get(i).ways().on(low));
            }
        }
    }
}
