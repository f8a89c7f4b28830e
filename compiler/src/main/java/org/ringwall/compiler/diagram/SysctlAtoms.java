// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Optional;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.value.IntervalSet;

/** Atoms at sysctl. */
final class SysctlAtoms extends Atoms {
    SysctlAtoms(ConditionBuilder booleans) {
        super(booleans);
    }

    @Override
    Optional<Variable> variable(Field field) {
        return identity(field);
    }

    @Override
    Node<Boolean> in(Field field, IntervalSet set) {
        return switch (field) {
            case READ -> write(set.contains(0), set.contains(1));
            case WRITE -> write(set.contains(1), set.contains(0));
            default -> super.in(field, set);
        };
    }

    private Node<Boolean> write(boolean whenWriting, boolean whenReading) {
        Node<Boolean> reading = booleans().member(Variable.WRITE, IntervalSet.of(0));
        return booleans()
                .or(
                        booleans().and(reading, booleans().constant(whenReading)),
                        booleans().and(booleans().not(reading), booleans().constant(whenWriting)));
    }
}
