// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.tables.Cost;

/**
 * An implementation of a switch without jump tables. A form knows its cost before it is built; the
 * cheapest applicable form is chosen.
 */
public sealed interface SwitchForm
        permits CompareTree,
                IntervalSwitch,
                MaskSwitch,
                ProductSwitch,
                RangeSwitch,
                SlotSwitch,
                SplitSwitch,
                TableSwitch {
    /** Returns the cost for random numbers. */
    Cost cost();

    /** Returns the description for `explain`. */
    String text();

    /**
     * Adds the block that ended in the switch on this value and all new blocks after it. These
     * blocks may end in smaller switches.
     */
    void add(Emission emission, BasicBlock origin, Value value);

    /** Returns the cheapest form of a switch on this number. */
    static SwitchForm cheapest(SwitchTargets ways, Numbers.Number number) {
        SwitchForm compared = new CompareTree(ways, number);
        if (ways.size() == 2) {
            // Two ways need one comparison, whatever its predicted cost.
            return compared;
        }
        List<SwitchForm> forms = new ArrayList<>();
        forms.add(compared);
        ProductSwitch.of(ways, number).ifPresent(forms::add);
        MaskSwitch.of(ways, number).ifPresent(forms::add);
        TableSwitch.ofBitmap(ways, number).ifPresent(forms::add);
        RangeSwitch.of(ways, number).ifPresent(forms::add);
        SlotSwitch.of(ways, number).ifPresent(forms::add);
        TableSwitch.ofSet(ways, number).ifPresent(forms::add);
        IntervalSwitch.of(ways, number).ifPresent(forms::add);
        TableSwitch.ofHash(ways, number).ifPresent(forms::add);
        TableSwitch.of(ways, number).ifPresent(forms::add);
        SplitSwitch.byPoints(ways, number).ifPresent(forms::add);
        SplitSwitch.of(ways, number).ifPresent(forms::add);
        return forms.stream()
                .min((one, other) -> one.cost().compareTo(other.cost()))
                .orElseThrow();
    }
}
