// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.compiler.policy.Field;

/**
 * The fields that guards see: those with a known value, and those whose value is unknown. All
 * others are absent. `about` describes the subject if a request is decided as several.
 */
record Subject(String about, Map<Field, FieldValue> known, Set<Field> unknown) {
    Subject {
        known = Map.copyOf(known);
        unknown = Set.copyOf(unknown);
    }

    Optional<FieldValue> value(Field field) {
        return Optional.ofNullable(known.get(field));
    }

    boolean isUnknown(Field field) {
        return unknown.contains(field);
    }

    /** Returns the field with its value, as in `uid = 1000`. */
    String describe(Field field) {
        if (isUnknown(field)) {
            return field.text() + " is not known yet";
        }
        return value(field)
                .map(value -> field.text() + " = " + ValueText.of(field.type(), value))
                .orElse(field.text() + " is absent");
    }
}
