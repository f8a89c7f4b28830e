// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Lookup;
import org.ringwall.loader.model.SocketTrial;

/**
 * The cgroups that a version covers. An upgrade must cover all cgroups of the instance: programs at
 * a cgroup left out would be inert.
 */
final class Targets {
    private final CgroupView cgroups;

    Targets(CgroupView cgroups) {
        this.cgroups = cgroups;
    }

    /**
     * Returns the cgroups of a request.
     *
     * @param joined the ids of those that joined by themselves
     * @param notes receives a line for each cgroup that was removed
     * @throws InputException if the request names some but not all, or none and the instance is in
     *     force nowhere
     * @throws HostException if it is unknown whether a cgroup exists
     */
    List<Cgroup> of(ApplyRequest request, Optional<InForce> old, Set<Long> joined, List<String> notes) {
        Map<Long, Cgroup> named = new HashMap<>();
        request.cgroups().forEach(cgroup -> named.put(cgroup.id(), cgroup));
        List<Cgroup> there = new ArrayList<>();
        old.ifPresent(before -> before.cgroupIds()
                .forEach(id -> Optional.ofNullable(named.get(id))
                        .or(() -> place(request.name(), id, notes))
                        .ifPresent(there::add)));
        if (request.cgroups().isEmpty() && there.isEmpty()) {
            throw new InputException(
                    "`" + request.name() + "` is not in force, so the cgroup must be given",
                    "name one: --cgroup PATH, --pid PID, --unit UNIT or --container NAME");
        }
        if (request.cgroups().isEmpty()) {
            return there;
        }
        boolean keep = request.chooses(ApplyChoice.KEEP_JOINED);
        List<Cgroup> targets = new ArrayList<>(request.cgroups());
        List<Cgroup> left = new ArrayList<>();
        for (Cgroup cgroup : there) {
            if (!named.containsKey(cgroup.id())) {
                (keep && joined.contains(cgroup.id()) ? targets : left).add(cgroup);
            }
        }
        if (request.chooses(ApplyChoice.ONLY)) {
            left.forEach(cgroup -> notes.add("the policy is no longer in force at `" + cgroup + "`"));
            return targets;
        }
        if (!left.isEmpty()) {
            throw new InputException(
                    "`" + request.name() + "` is in force at " + left.size() + " cgroup"
                            + (left.size() == 1 ? "" : "s") + " that you did not name: "
                            + left.stream().map(Cgroup::toString).collect(Collectors.joining(", ")),
                    "remove --cgroup to replace it everywhere, end it at the others with --only, or use another"
                            + " --instance");
        }
        return targets;
    }

    /**
     * Returns the cgroup of a place; empty if it was removed. Where links were detached, the cgroup
     * is covered again.
     */
    private Optional<Cgroup> place(InstanceName name, long id, List<String> notes) {
        Lookup<Cgroup> found = cgroups.byId(id);
        if (found instanceof Lookup.Unknown<Cgroup> unknown) {
            throw new HostException(
                    "`" + name + "` has programs for the cgroup with id " + Long.toUnsignedString(id)
                            + ", and it cannot be determined whether that exists: " + unknown.reason(),
                    "run as root in the initial user namespace; nothing was changed");
        }
        if (found instanceof Lookup.Gone<Cgroup>) {
            notes.add(removed(id));
        }
        return found.found();
    }

    /**
     * Returns the ids of the cgroups of a version that were removed and have sockets left: the
     * kernel keeps their links attached for them.
     *
     * @param covered the cgroups that the next version covers, which were there a moment ago
     * @param hooks those of the next version
     * @param notes receives a line for each cgroup at which the next version has further hooks
     */
    Set<Long> removed(Optional<InForce> old, List<Cgroup> covered, Set<Hook> hooks, List<String> notes) {
        Map<Long, Set<Hook>> attached = left(old, covered);
        attached.forEach((id, there) -> {
            List<String> without = hooks.stream()
                    .filter(hook -> !there.contains(hook) && SocketTrial.concerns(Set.of(hook)))
                    .map(Hook::word)
                    .toList();
            if (!without.isEmpty()) {
                notes.add("sockets that are left of the removed cgroup with id " + Long.toUnsignedString(id)
                        + " are not judged at " + String.join(" ", without)
                        + ", where no program can be attached any more");
            }
        });
        return attached.keySet();
    }

    /** Returns the same ids without notes. */
    Set<Long> removed(Optional<InForce> old) {
        return left(old, List.of()).keySet();
    }

    /** Returns the hooks of a version at cgroups that were removed, by their ids. */
    private Map<Long, Set<Hook>> left(Optional<InForce> old, List<Cgroup> covered) {
        Set<Long> living = covered.stream().map(Cgroup::id).collect(Collectors.toSet());
        Map<Long, Set<Hook>> attached = new TreeMap<>();
        old.ifPresent(before -> before.cgroupIds().stream()
                .filter(id -> !living.contains(id) && cgroups.byId(id) instanceof Lookup.Gone<Cgroup>)
                .forEach(id -> before.hooks(id).stream()
                        .filter(hook -> before.link(new Place(hook, id))
                                .filter(LinkInfo::attached)
                                .isPresent())
                        .forEach(hook -> attached.computeIfAbsent(id, any -> EnumSet.noneOf(Hook.class))
                                .add(hook))));
        return attached;
    }

    /** Returns the note about a cgroup that was removed. */
    static String removed(long id) {
        return "the cgroup with id " + Long.toUnsignedString(id) + " was removed, so the policy is not in force there";
    }
}
