// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;

/**
 * A guard as a condition on the variables of one hook. If an atom is unknown, the condition with
 * `may` holds where the guard is possibly true, and the one without it where the guard is certainly
 * true (Kleene's logic, docs/semantics.md sections 6 and 11). A negation switches between the two.
 * If no atom is unknown, they are equal.
 */
final class GuardDiagram implements Guard.Visitor<Node<Boolean>> {
    private final Atoms atoms;
    private final ConditionBuilder booleans;
    private final boolean may;

    GuardDiagram(Atoms atoms, boolean may) {
        this.atoms = atoms;
        this.booleans = atoms.booleans();
        this.may = may;
    }

    private Node<Boolean> known(Field field, Node<Boolean> atom) {
        Node<Boolean> unknown = atoms.unknown(field);
        return may ? booleans.or(atom, unknown) : booleans.and(atom, booleans.not(unknown));
    }

    @Override
    public Node<Boolean> constant(Guard.Const guard) {
        return booleans.constant(guard.value());
    }

    @Override
    public Node<Boolean> not(Guard.Not guard) {
        return booleans.not(guard.guard().accept(new GuardDiagram(atoms, !may)));
    }

    @Override
    public Node<Boolean> and(Guard.And guard) {
        return booleans.all(
                guard.guards().stream().map(part -> part.accept(this)).toList());
    }

    @Override
    public Node<Boolean> or(Guard.Or guard) {
        return booleans.any(
                guard.guards().stream().map(part -> part.accept(this)).toList());
    }

    @Override
    public Node<Boolean> in(Guard.In guard) {
        Node<Boolean> atom = guard.set().isEmpty() ? booleans.constant(false) : atoms.in(guard.field(), guard.set());
        return known(guard.field(), atom);
    }

    @Override
    public Node<Boolean> addressIn(Guard.AddressIn guard) {
        boolean empty = guard.set().v4().isEmpty() && guard.set().v6().isEmpty();
        Node<Boolean> atom = empty ? booleans.constant(false) : atoms.addressIn(guard.field(), guard.set());
        return known(guard.field(), atom);
    }

    @Override
    public Node<Boolean> deviceIn(Guard.DeviceIn guard) {
        return atoms.deviceIn(guard);
    }

    @Override
    public Node<Boolean> matches(Guard.Matches guard) {
        return atoms.matches(guard, may);
    }

    @Override
    public Node<Boolean> compareParam(Guard.CompareParam guard) {
        return known(guard.field(), atoms.compare(guard));
    }

    @Override
    public Node<Boolean> inLive(Guard.InLive guard) {
        return known(guard.field(), atoms.inLive(guard));
    }
}
