package org.ringwall.compiler.form;

import java.util.ArrayList;
import java.util.List;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.table.Cost;

/**
 * What became of one switch.
 *
 * @param span the policy text that it is about
 * @param number how the number that it is about is made, as in the printed form
 * @param ways how many intervals go to different places
 * @param form some words
 * @param cost what that is expected to cost, with what it leaves to switches behind it, each of which is a form of its own too; the
 *     halves of a number that were told apart for those count by themselves
 */
public record ChosenForm(Span span, String number, int ways, String form, Cost cost) {
    /** Rules that are put together, strings that are found in tables, and the forms that are chosen for a routine as the passes before have left it, in the order of its blocks. */
    public static List<ChosenForm> of(Routine routine) {
        List<ChosenForm> forms = new ArrayList<>(RuleForms.of(routine));
        forms.addAll(StringForms.of(routine));
        ExpandSwitches.apply(routine, forms::add);
        return List.copyOf(forms);
    }

    /** `be32 u32 ctx.user_ip4: 19 ways, search tree …: 49 instructions, 4.3 ns`. */
    @Override
    public String toString() {
        return "line %d: %s, %d ways: %s (%s)".formatted(span.position().line(), number, ways, form, cost);
    }
}
