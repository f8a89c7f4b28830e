// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.tables.Cost;

/**
 * The form chosen for one switch.
 *
 * @param span the policy text that the switch belongs to
 * @param number how the switched number is computed, in printed form
 * @param ways the number of intervals with different targets
 * @param form the description of the form
 * @param cost the predicted cost, including the switches that the form leaves, each of which is
 *     also reported; the halves of a number that is split for those are counted separately
 */
public record ChosenForm(Span span, String number, int ways, String form, Cost cost) {
    /**
     * Returns the rule bit vectors, the string tables and the forms chosen for a routine after the
     * earlier passes, each in block order.
     */
    public static List<ChosenForm> of(Routine routine) {
        List<ChosenForm> forms = new ArrayList<>(RuleForms.of(routine));
        forms.addAll(StringForms.of(routine));
        ExpandSwitches.apply(routine, forms::add);
        return List.copyOf(forms);
    }

    /**
     * Returns `line 3: be32 u32 ctx.user_ip4, 19 ways: search tree …, 2 classes (49 instructions,
     * 4.3 ns)`.
     */
    @Override
    public String toString() {
        return "line %d: %s, %d ways: %s (%s)".formatted(span.position().line(), number, ways, form, cost);
    }
}
