// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The result of an apply.
 *
 * @param generation the generation in force, from 1 to 2^32−1; 0 after a dry run
 * @param before the generation before it; 0 if there was none, and after a dry run
 * @param cgroups where the policy was applied
 * @param hooks the hooks at which it is in force, in their order, such as `connect4`
 * @param notes facts for the user that are not errors: programs of other owners, removed cgroups
 * @param changes after a dry run, a phrase for each change to the version in force; else empty
 * @param monitoring monitor mode as it is now, whose end may have passed; empty if verdicts are
 *     enforced, and after a dry run
 * @param confirm after which time the kernel puts the generation before in force again unless this
 *     one is confirmed; empty if it needs no confirmation
 * @param plain whether the object is a plain one, to which generations mean nothing
 * @param downgrade a phrase if the version is lower than that before and the user accepted it, such
 *     as `7 after 8`
 * @param refused cgroups that were left out, by the choice {@code EACH_PLACE}
 */
public record ApplyResult(
        InstanceName name,
        long generation,
        long before,
        List<Cgroup> cgroups,
        List<String> hooks,
        List<String> notes,
        List<String> changes,
        Optional<Monitoring> monitoring,
        Optional<Duration> confirm,
        boolean plain,
        Optional<String> downgrade,
        List<RefusedPlace> refused) {
    /** Creates a result. */
    public ApplyResult {
        cgroups = List.copyOf(cgroups);
        hooks = List.copyOf(hooks);
        notes = List.copyOf(notes);
        changes = List.copyOf(changes);
        refused = List.copyOf(refused);
    }
}
