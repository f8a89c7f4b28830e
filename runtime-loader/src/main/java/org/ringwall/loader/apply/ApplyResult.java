package org.ringwall.loader.apply;

import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.cgroup.Cgroup;

/**
 * What an apply did.
 *
 * @param generation the generation in force, from 1
 * @param cgroups where
 * @param hooks at which hooks, in their order
 * @param notes what the user should know and no error: other owners' programs, cgroups that were lost
 * @param monitoring the mode that the version has begun in, whose end may have passed; empty where it decides
 */
public record ApplyResult(
        InstanceName name,
        int generation,
        List<Cgroup> cgroups,
        List<Hook> hooks,
        List<String> notes,
        Optional<Monitoring> monitoring) {
    public ApplyResult {
        cgroups = List.copyOf(cgroups);
        hooks = List.copyOf(hooks);
        notes = List.copyOf(notes);
    }
}
