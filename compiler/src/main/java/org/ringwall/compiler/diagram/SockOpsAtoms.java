// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.SockOpsEvent;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldSpec;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.value.IntervalSet;

/**
 * Atoms at sock_ops. Addresses are read in the form of the socket's family, because the other form
 * is not filled in for every kind of socket. TCP's own numbers exist only on full sockets; on
 * others the kernel returns 0 (SOCK_OPS_GET_FIELD in net/core/filter.c).
 */
final class SockOpsAtoms extends Atoms {
    SockOpsAtoms(ConditionBuilder booleans) {
        super(booleans);
    }

    @Override
    Optional<Variable> variable(Field field) {
        return switch (field) {
            case FAMILY -> Optional.of(Variable.FAMILY);
            case REMOTE_PORT -> Optional.of(Variable.PORT);
            case LOCAL_PORT -> Optional.of(Variable.LOCAL_PORT);
            default -> numberOf(ContextStruct.SOCK_OPS, field);
        };
    }

    @Override
    Node<Boolean> identified(Field field) {
        return stamped(field);
    }

    @Override
    Node<Boolean> in(Field field, IntervalSet set) {
        Optional<SockOpsEvent> event = field.event();
        if (event.isEmpty()) {
            return booleans().and(present(field), super.in(field, set));
        }
        Node<Boolean> test =
                booleans().member(Variable.OP, IntervalSet.of(event.get().number()));
        Node<Boolean> then = booleans().constant(set.contains(1));
        Node<Boolean> otherwise = booleans().constant(set.contains(0));
        return booleans()
                .or(booleans().and(test, then), booleans().and(booleans().not(test), otherwise));
    }

    @Override
    Node<Boolean> compare(Guard.CompareParam guard) {
        return booleans().and(present(guard.field()), super.compare(guard));
    }

    @Override
    Node<Boolean> there(Field field) {
        return booleans().and(present(field), super.there(field));
    }

    private Node<Boolean> present(Field field) {
        boolean needsFull = field.spec()
                .number(ContextStruct.SOCK_OPS)
                .filter(FieldSpec.ContextNumber::ofFullSocket)
                .isPresent();
        return needsFull
                ? booleans().not(booleans().member(Variable.FULLSOCK, IntervalSet.of(0)))
                : booleans().constant(true);
    }

    @Override
    List<AddressSource> addresses(Field field) {
        boolean remote = field == Field.REMOTE_IP;
        Node<Boolean> inet = booleans().member(Variable.FAMILY, IntervalSet.of(Protocols.INET));
        return List.of(
                new AddressSource(inet, List.of(remote ? Variable.IP4 : Variable.LOCAL_IP4)),
                new AddressSource(
                        booleans().not(inet),
                        remote
                                ? List.of(Variable.IP6_HIGH, Variable.IP6_LOW)
                                : List.of(Variable.LOCAL_IP6_HIGH, Variable.LOCAL_IP6_LOW)));
    }
}
