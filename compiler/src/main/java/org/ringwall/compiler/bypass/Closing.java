// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.bypass;

/** The way to close a bypass. */
public sealed interface Closing {
    /** The bypassed block closes it by itself, whatever its rules are. */
    record ByConstruction() implements Closing {}

    /** A policy closes it with a block such as this one, in the policy language. */
    record ByPolicy(String words) implements Closing {}

    /** No hook at which a policy can deny sees it; `advice` says what closes it on the host. */
    record Elsewhere(String advice) implements Closing {}

    /** The only instance of {@link ByConstruction}. */
    Closing CONSTRUCTION = new ByConstruction();

    /** An operation on each kind, for other packages. */
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
