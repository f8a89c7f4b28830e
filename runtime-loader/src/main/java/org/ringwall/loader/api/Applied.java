// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import java.util.List;

/**
 * The result of an apply.
 *
 * @param policy the name of the policy
 * @param instance the name of the instance
 * @param generation the generation in force, from 1; 0 after a dry run
 * @param cgroups the cgroups at which it is in force
 * @param hooks the hooks at which it is in force, in their order
 * @param notes facts that are not errors, one sentence each, such as programs of other owners
 */
public record Applied(
        String policy, String instance, long generation, List<String> cgroups, List<String> hooks, List<String> notes) {
    /** Creates a result. */
    public Applied {
        cgroups = List.copyOf(cgroups);
        hooks = List.copyOf(hooks);
        notes = List.copyOf(notes);
    }
}
