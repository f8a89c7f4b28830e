package org.ringwall.compiler.diagram;

import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.IntervalSet;

/**
 * Atoms at sock_create. For a `sockets` block and `on sock_create` there is no other end. For `egress` there will be one
 * that nobody knows yet: an atom on it is unknown where the protocol can have it, and {@link #in} and the others then
 * say where it may hold; docs/semantics.md section 6.
 */
final class SocketAtoms extends Atoms {
    private final boolean egress;

    SocketAtoms(Booleans booleans, boolean egress) {
        super(booleans);
        this.egress = egress;
    }

    @Override
    Node<Boolean> in(Field field, IntervalSet set) {
        return switch (field) {
            case PROTO -> booleans().member(Variable.PROTOCOL, set);
            case TYPE -> booleans().member(Variable.TYPE, set);
            case FAMILY -> booleans().member(Variable.FAMILY, set);
            case UID -> booleans().member(Variable.UID, set);
            case GID -> booleans().member(Variable.GID, set);
            case MARK -> booleans().member(Variable.MARK, set);
            case PRIORITY -> booleans().member(Variable.PRIORITY, set);
            case BOUND_IF -> booleans().member(Variable.BOUND_IF, set);
            case REMOTE_PORT -> set.isEmpty() ? booleans().constant(false) : portMayMatch();
            default -> booleans().constant(false);
        };
    }

    private Node<Boolean> portMayMatch() {
        return egress ? hasPorts() : booleans().constant(false);
    }

    @Override
    Node<Boolean> addressIn(AddressSet set) {
        return booleans().constant(egress && !set.equals(AddressSet.EMPTY));
    }

    @Override
    Node<Boolean> compare(Guard.CompareParam guard) {
        return switch (guard.field()) {
            case UID -> predicate(Variable.UID, guard);
            case GID -> predicate(Variable.GID, guard);
            case MARK -> predicate(Variable.MARK, guard);
            case PRIORITY -> predicate(Variable.PRIORITY, guard);
            case BOUND_IF -> predicate(Variable.BOUND_IF, guard);
            case REMOTE_PORT -> portMayMatch();
            default -> booleans().constant(false);
        };
    }

    @Override
    boolean unknown(Field field) {
        return egress && (field == Field.REMOTE_IP || field == Field.REMOTE_PORT);
    }
}
