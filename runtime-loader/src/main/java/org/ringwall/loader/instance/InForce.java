// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.LinkInfo;

/**
 * An instance at rest: one generation, and the places of its links. If none of them is attached,
 * the cgroups were removed, or another process detached the links. While an upgrade is unconfirmed
 * the generation before it has its pins too, and is inert.
 *
 * <p>There can be tens of thousands of links, so each is opened when its state is first needed.
 */
public final class InForce {
    private final int generation;
    private final Links links;
    private final Set<Place> places;
    private final Map<Hook, Integer> programs;
    private final Map<Place, LinkInfo> opened = new HashMap<>();

    private InForce(int generation, Links links, Set<Place> places, Map<Hook, Integer> programs) {
        this.generation = generation;
        this.links = links;
        this.places = places;
        this.programs = programs;
    }

    /** Returns a generation with all of its places. */
    public static InForce of(InstanceFolder folder, int generation) {
        Links links = folder.linksOf(generation);
        return new InForce(generation, links, links.places(), folder.programIds(generation));
    }

    /** Returns a generation with those of some places that have a link. */
    public static InForce at(InstanceFolder folder, int generation, Collection<Place> places) {
        Links links = folder.linksOf(generation);
        return new InForce(generation, links, Set.copyOf(links.existing(places)), Map.of());
    }

    public int generation() {
        return generation;
    }

    /** Returns whether the policy is in force at some place. */
    public boolean attached() {
        return links.anyAttached(places::contains);
    }

    /** Returns the ids of the cgroups that have a link, in order. */
    public Set<Long> cgroupIds() {
        return places.stream().map(Place::cgroupId).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns the hooks at which a cgroup has a link, attached or not. */
    public Set<Hook> hooks(long cgroupId) {
        Set<Hook> hooks = EnumSet.allOf(Hook.class);
        hooks.removeIf(hook -> !places.contains(new Place(hook, cgroupId)));
        return hooks;
    }

    /** Returns the state of a link; empty if the place has none. */
    public Optional<LinkInfo> link(Place place) {
        if (!places.contains(place)) {
            return Optional.empty();
        }
        if (!opened.containsKey(place)) {
            opened.putAll(links.opened(List.of(place)));
        }
        return Optional.ofNullable(opened.get(place));
    }

    /** Returns the state of every link. */
    public Map<Place, LinkInfo> all() {
        Map<Place, LinkInfo> all = new LinkedHashMap<>();
        places.forEach(place -> link(place).ifPresent(info -> all.put(place, info)));
        return all;
    }

    /**
     * Returns the program that is attached at a place; empty if none is. The link is opened only if
     * the generation's program is not among those that the kernel lists there.
     */
    public Optional<Integer> program(Place place, List<Integer> listed) {
        Integer pinned = programs.get(place.hook());
        return pinned != null && places.contains(place) && listed.contains(pinned)
                ? Optional.of(pinned)
                : link(place).filter(LinkInfo::attached).map(LinkInfo::progId);
    }
}
