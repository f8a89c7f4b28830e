// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

/** What closes a way. */
public sealed interface Closing {
    /** The block that it goes around closes it by itself, whatever its rules say. */
    record ByConstruction() implements Closing {}

    /** A policy closes it with a block like this one, in the words of the language. */
    record ByPolicy(String words) implements Closing {}

    /** No hook that a policy can deny at sees it; `advice` is what closes it on the host. */
    record Elsewhere(String advice) implements Closing {}

    /** The one {@link ByConstruction}. */
    Closing CONSTRUCTION = new ByConstruction();

    /** What another package does with it. */
    interface Visitor<R> {
        R byConstruction(ByConstruction closing);

        R byPolicy(ByPolicy closing);

        R elsewhere(Elsewhere closing);
    }

    /** Calls the visitor's method for this kind. */
    default <R> R accept(Visitor<R> visitor) {
        if (this instanceof ByPolicy policy) {
            return visitor.byPolicy(policy);
        } else if (this instanceof Elsewhere elsewhere) {
            return visitor.elsewhere(elsewhere);
        }
        return visitor.byConstruction((ByConstruction) this);
    }
}
