// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.host;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.model.Diagnosis;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.programs.ProgramSlots;

/** The hooks of cgroups with policies at which the kernel has few slots for programs left. */
final class CrowdedHooks {
    private CrowdedHooks() {}

    /** Returns a finding for each of them. */
    static List<Diagnosis> of(Bpf bpf, PinStore pins, CgroupView hierarchy) {
        Instances instances = new Instances(bpf, pins);
        Map<Long, Set<Hook>> covered = new TreeMap<>();
        for (InstanceName name : instances.all()) {
            InstanceFolder folder = instances.folder(name);
            for (int generation : folder.generations()) {
                folder.linksOf(generation)
                        .places()
                        .forEach(place -> covered.computeIfAbsent(place.cgroupId(), any -> EnumSet.noneOf(Hook.class))
                                .add(place.hook()));
            }
        }
        List<Diagnosis> found = new ArrayList<>();
        covered.forEach((id, hooks) -> hierarchy
                .byId(id)
                .found()
                .ifPresent(cgroup -> ProgramSlots.of(bpf, hierarchy, cgroup, hooks)
                        .forEach(crowd -> found.add(
                                crowd.full()
                                        ? Diagnosis.problem("slots", crowd.sentence(), crowd.help())
                                        : Diagnosis.warning("slots", crowd.sentence(), crowd.help())))));
        return found;
    }
}
