// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.List;
import java.util.Optional;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;

/** Atoms at the device hook for one bit of the access (docs/semantics.md section 5). */
final class DeviceAtoms extends Atoms {
    private final Request.Access bit;

    DeviceAtoms(ConditionBuilder booleans, Request.Access bit) {
        super(booleans);
        this.bit = bit;
    }

    @Override
    Optional<Variable> variable(Field field) {
        return switch (field) {
            case DEV_TYPE -> Optional.of(Variable.DEV_TYPE);
            case DEV_MAJOR -> Optional.of(Variable.MAJOR);
            case DEV_MINOR -> Optional.of(Variable.MINOR);
            default -> identity(field);
        };
    }

    @Override
    Node<Boolean> in(Field field, IntervalSet set) {
        return switch (field) {
            case READ -> flag(Request.Access.READ, set);
            case WRITE -> flag(Request.Access.WRITE, set);
            case MKNOD -> flag(Request.Access.MKNOD, set);
            default -> super.in(field, set);
        };
    }

    private Node<Boolean> flag(Request.Access access, IntervalSet set) {
        return booleans().constant(set.contains(access == bit ? 1 : 0));
    }

    @Override
    Node<Boolean> deviceIn(Guard.DeviceIn guard) {
        return booleans().any(guard.ranges().stream().map(this::range).toList());
    }

    private Node<Boolean> range(DeviceRange range) {
        Interval type = Interval.of(range.type(), range.type());
        return booleans()
                .all(List.of(
                        booleans().member(Variable.DEV_TYPE, IntervalSet.of(type)),
                        booleans().member(Variable.MAJOR, IntervalSet.of(range.majors())),
                        booleans().member(Variable.MINOR, IntervalSet.of(range.minors()))));
    }
}
