// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.IntervalSet;

/**
 * The random declarations of a policy: at most one set of each type that has sets, and some params.
 */
final class Declarations {
    private static final List<FieldType> PARAM_TYPES =
            List.of(FieldType.PORT, FieldType.ID, FieldType.INT, FieldType.LONG, FieldType.CGROUP, FieldType.COOKIE);

    private final List<String> lines = new ArrayList<>();
    private final List<Param> params = new ArrayList<>();
    private final Map<FieldType, Written<IntervalSet>> numbers = new EnumMap<>(FieldType.class);
    private Optional<Written<AddressSet>> addresses = Optional.empty();
    private Optional<Written<List<DeviceRange>>> devices = Optional.empty();
    private Optional<Written<SortedSet<String>>> names = Optional.empty();

    /** Generates the declarations. The language permits unused ones. */
    Declarations(RandomChoices choices) {
        SetGenerator sets = new SetGenerator(choices);
        if (choices.chance(40)) {
            addresses = Optional.of(declared("nets", sets.addresses()));
        }
        if (choices.chance(30)) {
            devices = Optional.of(declared("nodes", sets.devices()));
        }
        if (choices.chance(30)) {
            names = Optional.of(declared("settings", sets.names()));
        }
        for (FieldType type : List.of(FieldType.PORT, FieldType.PROTOCOL)) {
            if (choices.chance(30)) {
                String name = type == FieldType.PORT ? "some_ports" : "some_protocols";
                numbers.put(type, declared(name, sets.numbers(type)));
            }
        }
        int count = choices.below(4);
        for (int i = 0; i < count; i++) {
            param(choices, sets, i);
        }
    }

    private <T> Written<T> declared(String name, Written<T> set) {
        lines.add("set " + name + " = " + set.text());
        return new Written<>(name, set.value());
    }

    private void param(RandomChoices choices, SetGenerator sets, int index) {
        FieldType type = choices.oneOf(PARAM_TYPES);
        long one = sets.number(type);
        long other = choices.chance(20) ? one : sets.number(type);
        boolean ordered = Long.compareUnsigned(one, other) <= 0;
        long min = ordered ? one : other;
        long max = ordered ? other : one;
        long initial = choices.oneOf(min, max, min + (max - min >>> 1));
        String name = "p" + index;
        Param param = new Param(name, type, min, max, initial, new SourceFile("generated.wall", "").span(0, 0));
        params.add(param);
        lines.add("param %s : %s in %s..%s = %s"
                .formatted(
                        name,
                        param.typeName(),
                        Long.toUnsignedString(min),
                        Long.toUnsignedString(max),
                        Long.toUnsignedString(initial)));
    }

    /** Returns the declarations as text, one per line. */
    List<String> lines() {
        return List.copyOf(lines);
    }

    List<Param> params() {
        return List.copyOf(params);
    }

    List<Param> params(FieldType type) {
        return params.stream().filter(param -> param.type() == type).toList();
    }

    Optional<Written<IntervalSet>> numbers(Field field) {
        return Optional.ofNullable(numbers.get(field.type()));
    }

    Optional<Written<AddressSet>> addresses() {
        return addresses;
    }

    Optional<Written<List<DeviceRange>>> devices() {
        return devices;
    }

    Optional<Written<SortedSet<String>>> names() {
        return names;
    }
}
