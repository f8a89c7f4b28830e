package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ringwall.loader.apply.Rest.InForce;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.cgroup.Lookup;

/** The cgroups that a version covers: a place that an upgrade left out would be left with programs that are inert. */
final class Targets {
    private final CgroupView cgroups;

    Targets(CgroupView cgroups) {
        this.cgroups = cgroups;
    }

    /** The cgroups of a request, or an exception that says why it is refused. */
    List<Cgroup> of(ApplyRequest request, Optional<InForce> old, List<String> notes) {
        List<Cgroup> there = new ArrayList<>();
        old.ifPresent(before ->
                before.cgroupIds().forEach(id -> place(request, id, notes).ifPresent(there::add)));
        if (request.cgroups().isEmpty() && there.isEmpty()) {
            throw new InputException(
                    "`" + request.name() + "` is in force nowhere, so there is no place to apply it to",
                    "name one: --cgroup PATH");
        }
        if (request.cgroups().isEmpty()) {
            return there;
        }
        List<Cgroup> left = there.stream()
                .filter(cgroup -> named(request, cgroup.id()).isEmpty())
                .toList();
        if (!left.isEmpty()) {
            throw new InputException(
                    "`" + request.name() + "` is in force at " + left.size() + " cgroup"
                            + (left.size() == 1 ? "" : "s") + " that you do not name: "
                            + left.stream().map(Cgroup::toString).collect(Collectors.joining(", ")),
                    "leave --cgroup out to replace it everywhere, or take another --instance");
        }
        return request.cgroups();
    }

    /** The cgroup of a place, empty if it was removed. Where links were detached it is covered again, whole. */
    private Optional<Cgroup> place(ApplyRequest request, long id, List<String> notes) {
        Optional<Cgroup> named = named(request, id);
        if (named.isPresent()) {
            return named;
        }
        Lookup<Cgroup> found = cgroups.byId(id);
        if (found instanceof Lookup.Unknown<Cgroup> unknown) {
            throw new HostException(
                    "`" + request.name() + "` has programs for the cgroup with id " + Long.toUnsignedString(id)
                            + ", and whether that exists cannot be determined: " + unknown.reason(),
                    "run as root in the initial user namespace; nothing was changed");
        }
        if (found instanceof Lookup.Gone<Cgroup>) {
            notes.add("the cgroup with id " + Long.toUnsignedString(id)
                    + " was removed; the policy is not in force there");
        }
        return found.found();
    }

    private static Optional<Cgroup> named(ApplyRequest request, long id) {
        return request.cgroups().stream().filter(cgroup -> cgroup.id() == id).findFirst();
    }
}
