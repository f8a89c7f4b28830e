package org.ringwall.compiler.reference;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.compiler.policy.Field;

/**
 * What guards look at: the fields that a request has with their values, and those whose value is not known yet. A field
 * that is in neither is absent. `about` says as what a request is decided that is decided more than once.
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

    /** The field with its value, as `uid = 1000`. */
    String describe(Field field) {
        if (isUnknown(field)) {
            return field.text() + " is not known yet";
        }
        return value(field)
                .map(value -> field.text() + " = " + ValueText.of(field.type(), value))
                .orElse(field.text() + " is absent");
    }
}
