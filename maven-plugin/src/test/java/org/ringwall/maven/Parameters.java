// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.Optional;

/** The parameters of a goal, set by reflection as Maven does. */
final class Parameters {
    private Parameters() {}

    static void set(Object goal, String parameter, Object value) {
        if (!setIfAny(goal, parameter, value)) {
            throw new AssertionError("the goal has no parameter " + parameter);
        }
    }

    /** Sets a parameter, and returns whether the goal has it. */
    static boolean setIfAny(Object goal, String parameter, Object value) {
        for (Class<?> type = goal.getClass(); type != null; type = type.getSuperclass()) {
            Optional<Field> field = Arrays.stream(type.getDeclaredFields())
                    .filter(found -> found.getName().equals(parameter))
                    .findFirst();
            if (field.isPresent()) {
                set(field.get(), goal, value);
                return true;
            }
        }
        return false;
    }

    private static void set(Field field, Object goal, Object value) {
        try {
            field.setAccessible(true);
            field.set(goal, value);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }
}
