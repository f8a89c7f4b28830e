// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.text;

import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;

/** The result of reading one value. */
public sealed interface Part {
    /** Constants; `scalar` if they were written as a single value, such as `tcp`. */
    record Fixed(ElementKind kind, Members members, boolean scalar) implements Part {}

    /** An empty set, which has no kind. */
    record Nothing() implements Part {}

    /** A set whose members change on the host. */
    record Live(LiveSet set) implements Part {}

    /** A number that is not known before the policy is applied. */
    record Later(Param param) implements Part {}
}
