// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.value.IntervalSet;

/**
 * Atoms at the `4` or the `6` form of an address hook. They describe one end of the socket, remote
 * or local. At sendmsg, the local end is the source address.
 */
final class AddressAtoms extends Atoms {
    private final boolean v4;
    private final Field ip;
    private final Field port;

    AddressAtoms(ConditionBuilder booleans, boolean v4, boolean local) {
        super(booleans);
        this.v4 = v4;
        this.ip = local ? Field.LOCAL_IP : Field.REMOTE_IP;
        this.port = local ? Field.LOCAL_PORT : Field.REMOTE_PORT;
    }

    @Override
    Optional<Variable> variable(Field field) {
        return switch (field) {
            case PROTO -> Optional.of(Variable.PROTOCOL);
            case TYPE -> Optional.of(Variable.TYPE);
            default -> identity(field);
        };
    }

    @Override
    Node<Boolean> in(Field field, IntervalSet set) {
        if (field == port) {
            return booleans().and(hasPorts(), booleans().member(Variable.PORT, set));
        }
        return field == Field.FAMILY ? family(set) : super.in(field, set);
    }

    private Node<Boolean> family(IntervalSet set) {
        Node<Boolean> inet = booleans().constant(set.contains(Protocols.INET));
        if (v4) {
            return inet;
        }
        Node<Boolean> mapped = booleans().wideMember(Protocols.MAPPED);
        Node<Boolean> inet6 = booleans().constant(set.contains(Protocols.INET6));
        return booleans()
                .or(booleans().and(mapped, inet), booleans().and(booleans().not(mapped), inet6));
    }

    @Override
    List<AddressSource> addresses(Field field) {
        List<Variable> parts = field == ip
                ? v4 ? List.of(Variable.IP4) : List.of(Variable.IP6_HIGH, Variable.IP6_LOW)
                : v4 ? List.of(Variable.LOCAL_IP4) : List.of(Variable.LOCAL_IP6_HIGH, Variable.LOCAL_IP6_LOW);
        return List.of(new AddressSource(booleans().constant(true), parts));
    }

    @Override
    Optional<Variable> number(Field field) {
        return field == port ? Optional.of(Variable.PORT) : super.number(field);
    }

    @Override
    Node<Boolean> there(Field field) {
        return field == port ? hasPorts() : super.there(field);
    }

    @Override
    Node<Boolean> compare(Guard.CompareParam guard) {
        return guard.field() == port
                ? booleans().and(hasPorts(), predicate(Variable.PORT, guard))
                : super.compare(guard);
    }
}
