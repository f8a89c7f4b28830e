// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.ringwall.loader.model.ApplyChoice;

/**
 * The options of an apply, which are those of the command {@code ringwall apply} (docs/host.md).
 *
 * @param instance the name of the instance within the policy
 * @param cgroups the directories of the cgroups; if empty, wherever the instance is in force
 * @param params values of params by name; others keep their values in force
 * @param choices further choices
 * @param forget the names of state that may be lost
 */
public record ApplyOptions(
        String instance, List<Path> cgroups, Map<String, String> params, Set<ApplyChoice> choices, Set<String> forget) {
    /** The instance {@code main}, without cgroups, params or choices. */
    public static final ApplyOptions DEFAULT = new ApplyOptions("main", List.of(), Map.of(), Set.of(), Set.of());

    /** Creates options. */
    public ApplyOptions {
        cgroups = List.copyOf(cgroups);
        params = Collections.unmodifiableMap(new TreeMap<>(params));
        choices = Set.copyOf(choices);
        forget = Set.copyOf(forget);
    }

    /** Returns these options for another instance. */
    public ApplyOptions withInstance(String name) {
        return new ApplyOptions(name, cgroups, params, choices, forget);
    }

    /** Returns these options with one more cgroup. */
    public ApplyOptions withCgroup(Path directory) {
        List<Path> more = new ArrayList<>(cgroups);
        more.add(directory);
        return new ApplyOptions(instance, more, params, choices, forget);
    }

    /** Returns these options with one more value of a param. */
    public ApplyOptions withParam(String name, String value) {
        Map<String, String> more = new TreeMap<>(params);
        more.put(name, value);
        return new ApplyOptions(instance, cgroups, more, choices, forget);
    }

    /** Returns these options with one more choice. */
    public ApplyOptions with(ApplyChoice choice) {
        Set<ApplyChoice> more = EnumSet.of(choice);
        more.addAll(choices);
        return new ApplyOptions(instance, cgroups, params, more, forget);
    }
}
