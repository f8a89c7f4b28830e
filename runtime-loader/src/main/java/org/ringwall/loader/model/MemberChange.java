// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.List;

/**
 * The result of putting an instance in force on further cgroups, or of ending it on some.
 *
 * @param generation the generation in force, which does not change
 * @param changed the cgroups that were not covered before, or no longer are
 * @param notes remarks for the user
 * @param refused the cgroups that were left out, if each was to be tried for itself
 */
public record MemberChange(long generation, List<Cgroup> changed, List<String> notes, List<RefusedPlace> refused) {
    /** Creates a result. */
    public MemberChange {
        changed = List.copyOf(changed);
        notes = List.copyOf(notes);
        refused = List.copyOf(refused);
    }

    /** Creates the result of a change that left out no cgroup. */
    public MemberChange(long generation, List<Cgroup> changed, List<String> notes) {
        this(generation, changed, notes, List.of());
    }
}
