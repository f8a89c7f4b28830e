// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.Optional;
import org.ringwall.compiler.policy.Field;

/** Atoms at the hooks with the address of a Unix socket. */
final class UnixAtoms extends Atoms {
    UnixAtoms(ConditionBuilder booleans) {
        super(booleans);
    }

    @Override
    Optional<Variable> variable(Field field) {
        return field == Field.TYPE ? Optional.of(Variable.TYPE) : identity(field);
    }
}
