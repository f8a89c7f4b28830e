package org.ringwall.compiler.check;

import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;

/** What one value comes to. */
sealed interface Part {
    /** Constants; `scalar` if they were written as one value and not as several (`tcp` is one). */
    record Fixed(Kind kind, Members members, boolean scalar) implements Part {}

    /** A set without any element: it has no kind. */
    record Nothing() implements Part {}

    /** A set whose members change on the host. */
    record Live(LiveSet set) implements Part {}

    /** A number that is not known before the policy is applied. */
    record Later(Param param) implements Part {}
}
