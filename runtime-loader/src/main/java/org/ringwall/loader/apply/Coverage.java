// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.Lookup;
import org.ringwall.loader.model.RefusedPlace;

/**
 * The cgroups that a change is about to cover. A step that fails at one of them fails the whole
 * change, or leaves out that cgroup, so that it does not keep the others from their policy.
 */
final class Coverage {
    private final CgroupView cgroups;
    private final Set<Cgroup> targets;
    private final Predicate<Cgroup> mayVanish;
    private final Predicate<Cgroup> mayRefuse;
    private final List<String> removed = new ArrayList<>();
    private final List<RefusedPlace> refused = new ArrayList<>();
    private Optional<RuntimeException> last = Optional.empty();

    /**
     * Creates a coverage.
     *
     * @param mayVanish the cgroups that are left out if they are removed meanwhile
     * @param mayRefuse the cgroups that are left out if something else is in the way there
     */
    Coverage(CgroupView cgroups, List<Cgroup> targets, Predicate<Cgroup> mayVanish, Predicate<Cgroup> mayRefuse) {
        this.cgroups = cgroups;
        this.targets = new LinkedHashSet<>(targets);
        this.mayVanish = mayVanish;
        this.mayRefuse = mayRefuse;
    }

    /**
     * Creates the coverage of a request. Where the old version decides, only a removed cgroup is
     * left out: the policy would end at a living one (docs/abi.md section 3).
     */
    static Coverage of(CgroupView cgroups, ApplyRequest request, Optional<InForce> old, List<Cgroup> targets) {
        boolean each = request.chooses(ApplyChoice.EACH_PLACE);
        Set<Long> before = old.map(InForce::cgroupIds).orElse(Set.of());
        return new Coverage(
                cgroups,
                targets,
                cgroup -> each || before.contains(cgroup.id()),
                cgroup -> each && !before.contains(cgroup.id()));
    }

    /** Takes a step for each cgroup that is left. */
    void each(Consumer<Cgroup> step) {
        for (Cgroup target : List.copyOf(targets)) {
            try {
                step.accept(target);
            } catch (RuntimeException e) {
                leaveOut(target, e);
            }
        }
    }

    private void leaveOut(Cgroup target, RuntimeException e) {
        boolean gone = cgroups.byId(target.id()) instanceof Lookup.Gone<Cgroup>;
        Optional<Failure> failure = Failure.of(e).filter(known -> known.kind() != Failure.Kind.BUG);
        if (failure.isEmpty() || !(gone ? mayVanish : mayRefuse).test(target)) {
            throw e;
        }
        targets.remove(target);
        if (gone) {
            removed.add(Targets.removed(target.id()));
        } else {
            refused.add(new RefusedPlace(target, failure.get()));
            last = Optional.of(e);
        }
    }

    /** Fails if no cgroup is left. */
    void requireSome() {
        if (targets.isEmpty()) {
            throw last.orElseGet(() -> new CgroupException(
                    "every cgroup of the policy was removed meanwhile; nothing was changed",
                    "create one, then try again"));
        }
    }

    List<Cgroup> targets() {
        return List.copyOf(targets);
    }

    /** Returns a sentence for each cgroup that was removed meanwhile. */
    List<String> removed() {
        return List.copyOf(removed);
    }

    /** Returns the ids of the cgroups of a version that are gone by now and have sockets left. */
    Set<Long> removedPlaces(Optional<InForce> old) {
        return new Targets(cgroups).removed(old);
    }

    /** Returns the cgroups that were left out although they exist. */
    List<RefusedPlace> refused() {
        return List.copyOf(refused);
    }
}
