package org.ringwall.compiler.diagram;

import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.value.IntervalSet;

/**
 * Atoms at sock_create. For a `sockets` block and `on sock_create` there is no other end. For `egress` there will be one
 * that nobody knows yet, and a raw socket may send any protocol: {@link #unknown} says where an atom has no answer;
 * docs/semantics.md section 6.
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
            default -> booleans().constant(false);
        };
    }

    @Override
    Node<Boolean> compare(Guard.CompareParam guard) {
        return switch (guard.field()) {
            case UID -> predicate(Variable.UID, guard);
            case GID -> predicate(Variable.GID, guard);
            case MARK -> predicate(Variable.MARK, guard);
            case PRIORITY -> predicate(Variable.PRIORITY, guard);
            case BOUND_IF -> predicate(Variable.BOUND_IF, guard);
            default -> booleans().constant(false);
        };
    }

    @Override
    Node<Boolean> unknown(Field field) {
        if (!egress) {
            return booleans().constant(false);
        }
        return switch (field) {
            case REMOTE_IP -> booleans().constant(true);
            case REMOTE_PORT -> booleans().or(hasPorts(), raw());
            case PROTO -> raw();
            default -> booleans().constant(false);
        };
    }

    private Node<Boolean> raw() {
        return booleans().member(Variable.TYPE, IntervalSet.of(SocketType.RAW.number()));
    }
}
