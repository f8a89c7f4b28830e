// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Optional;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.SocketType;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.value.IntervalSet;

/**
 * Atoms at sock_create and sock_release. A `sockets` block or an `on` block has no remote end. For
 * `egress` the remote end is not known yet, and a raw socket may send any protocol:
 * {@link #unknown} returns where an atom is unknown (docs/semantics.md section 6).
 */
final class SocketAtoms extends Atoms {
    private final boolean egress;

    SocketAtoms(ConditionBuilder booleans, boolean egress) {
        super(booleans);
        this.egress = egress;
    }

    @Override
    Optional<Variable> variable(Field field) {
        return switch (field) {
            case PROTO -> Optional.of(Variable.PROTOCOL);
            case TYPE -> Optional.of(Variable.TYPE);
            case FAMILY -> Optional.of(Variable.FAMILY);
            default -> numberOf(ContextStruct.SOCK, field);
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
