// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Links;
import org.ringwall.loader.instance.Place;

/**
 * The removal of pins that removed cgroups leave, which would add up where cgroups come and go. The
 * links of a removed cgroup with sockets left are attached, and stay. The caller holds the lock of
 * the instance.
 */
final class RemovedCgroups {
    private final CgroupView cgroups;
    private final InstanceFolder folder;
    private final Links links;

    /** Creates it for a generation in force. */
    RemovedCgroups(CgroupView cgroups, InstanceFolder folder, int generation) {
        this.cgroups = cgroups;
        this.folder = folder;
        this.links = folder.linksOf(generation);
    }

    /**
     * Forgets all cgroups that were removed. Reads the names of all pins, and opens the links of
     * removed cgroups alone.
     *
     * @return a sentence for each of them
     */
    List<String> drop() {
        Map<Long, List<Place>> covered = byCgroup(links.places());
        List<Long> dropped = drop(covered);
        Set<Long> left = new HashSet<>(covered.keySet());
        dropped.forEach(left::remove);
        folder.keepJoinedOnly(left);
        return dropped.stream().map(Targets::removed).toList();
    }

    /**
     * Forgets those of some cgroups that were removed. Opens only their links.
     *
     * @param ids those of cgroups, which need not be of the instance
     * @return the ids of those that are not of the instance after this
     */
    Set<Long> drop(Set<Long> ids) {
        Map<Long, List<Place>> covered =
                byCgroup(links.at(places(Set.of(Hook.values()), ids)).keySet());
        Set<Long> over = new HashSet<>(ids);
        over.removeAll(covered.keySet());
        over.addAll(drop(covered));
        folder.dropJoined(over);
        return over;
    }

    private List<Long> drop(Map<Long, List<Place>> covered) {
        List<Long> dropped = new ArrayList<>();
        covered.forEach((id, places) -> {
            if (cgroups.isGone(id) && links.at(places).values().stream().noneMatch(LinkInfo::attached)) {
                links.remove(places);
                dropped.add(id);
            }
        });
        return dropped;
    }

    /** Returns every hook of every cgroup. */
    static List<Place> places(Set<Hook> hooks, Collection<Long> cgroups) {
        return cgroups.stream()
                .flatMap(id -> hooks.stream().map(hook -> new Place(hook, id)))
                .toList();
    }

    private static Map<Long, List<Place>> byCgroup(Set<Place> places) {
        return places.stream().collect(Collectors.groupingBy(Place::cgroupId));
    }
}
