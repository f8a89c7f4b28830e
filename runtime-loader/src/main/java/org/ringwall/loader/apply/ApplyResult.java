// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.model.RefusedPlace;

/**
 * The result of an apply.
 *
 * @param generation the generation in force, from 1; 0 after a dry run
 * @param before the generation before it; 0 if there was none, and after a dry run
 * @param cgroups where the policy was applied
 * @param hooks at which hooks, in their order
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
        int generation,
        int before,
        List<Cgroup> cgroups,
        List<Hook> hooks,
        List<String> notes,
        List<String> changes,
        Optional<Monitoring> monitoring,
        Optional<Duration> confirm,
        boolean plain,
        Optional<String> downgrade,
        List<RefusedPlace> refused) {
    public ApplyResult {
        cgroups = List.copyOf(cgroups);
        hooks = List.copyOf(hooks);
        notes = List.copyOf(notes);
        changes = List.copyOf(changes);
        refused = List.copyOf(refused);
    }
}
