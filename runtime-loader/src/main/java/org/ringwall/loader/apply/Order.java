// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Attached;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.programs.ForeignPrograms;
import org.ringwall.loader.programs.LaterPrograms;
import org.ringwall.loader.programs.Owners;
import org.ringwall.loader.programs.Owners.Owner;
import org.ringwall.loader.programs.PolicyWrites;
import org.ringwall.loader.programs.Position;
import org.ringwall.loader.programs.Position.Neighbour;
import org.ringwall.loader.programs.ProgramSlots;
import org.ringwall.sys.Fd;

/**
 * The order of a new version's programs among those attached to a cgroup: that of the previous
 * version (docs/abi.md section 3). A kernel that can attach programs only last cannot keep it; the
 * version is refused there if the order could change what a program sees.
 */
final class Order {
    private final Bpf bpf;
    private final CgroupView cgroups;
    private final Instances instances;
    private final Owners owners;
    private final LaterPrograms later;
    private final InstanceName name;
    private final boolean reorder;
    private final Optional<InForce> old;
    private final PolicyWrites writes;
    private final Map<Place, Position> positions = new LinkedHashMap<>();
    private final Map<Place, List<Integer>> aboveParents = new HashMap<>();
    private final Map<Long, List<Lists>> looked = new HashMap<>();

    Order(Bpf bpf, CgroupView cgroups, Instances instances, ApplyRequest request, Optional<InForce> old) {
        this(
                bpf,
                cgroups,
                instances,
                request.name(),
                request.chooses(ApplyChoice.ALLOW_REORDER),
                PolicyWrites.of(request.policy()),
                old);
    }

    /** Creates the order of programs of the generation in force at further cgroups. */
    Order(Bpf bpf, CgroupView cgroups, Instances instances, InstanceName name, InForce current) {
        this(
                bpf,
                cgroups,
                instances,
                name,
                false,
                PolicyWrites.of(bpf, instances.folder(name), current.generation()),
                Optional.of(current));
    }

    private Order(
            Bpf bpf,
            CgroupView cgroups,
            Instances instances,
            InstanceName name,
            boolean reorder,
            PolicyWrites writes,
            Optional<InForce> old) {
        this.bpf = bpf;
        this.cgroups = cgroups;
        this.instances = instances;
        this.owners = new Owners(bpf, instances);
        this.later = new LaterPrograms(bpf, cgroups, owners);
        this.name = name;
        this.reorder = reorder;
        this.writes = writes;
        this.old = old;
    }

    /**
     * Finds the position of each program.
     *
     * @param known what is known about the cgroups already. A list that has changed since is
     *     refused by its revision when a program is attached.
     * @throws HostException if the order cannot be kept
     */
    void plan(Collection<Hook> hooks, List<Cgroup> targets, ForeignPrograms.Read known) {
        targets.forEach(target -> look(hooks, target, known));
        targets.forEach(this::place);
    }

    /**
     * Finds the position of each program at the cgroups of a coverage, and checks them: nothing
     * that is attached there may be in the way.
     *
     * @param hooks the hooks of the programs at each cgroup
     * @return the programs that override verdicts, which were accepted
     */
    List<LaterPrograms.Overriding> plan(
            Coverage coverage, Function<Cgroup, Set<Hook>> hooks, ForeignPrograms neighbours, OverrideCheck check) {
        ForeignPrograms.Read known = new ForeignPrograms.Read();
        coverage.each(target -> neighbours.refuseExclusive(hooks.apply(target), target, known));
        coverage.each(target -> look(hooks.apply(target), target, known));
        coverage.each(this::place);
        List<LaterPrograms.Overriding> overriding = new ArrayList<>();
        check.expect(all());
        coverage.each(target -> overriding.addAll(check.later(at(target))));
        keepOnly(coverage.targets());
        return overriding;
    }

    /** Reads the lists of programs of one cgroup, before {@link #place} finds the positions. */
    private void look(Collection<Hook> hooks, Cgroup target, ForeignPrograms.Read known) {
        List<Lists> all = new ArrayList<>();
        Optional<Cgroup> parent = Optional.ofNullable(known.parents().get(target.id()));
        try (Fd cgroup = cgroups.open(target)) {
            for (Hook hook : hooks) {
                Attached own = known.own().get(new Place(hook, target.id()));
                if (own == null || own.progIds().size() > 1 || parent.isEmpty()) {
                    all.add(read(hook, target, cgroup));
                    continue;
                }
                // With at most one program of its own there is no order to read, and what runs
                // above is what is effective for the parent (compute_effective_progs).
                List<Integer> above = aboveParents.computeIfAbsent(
                        new Place(hook, parent.get().id()), any -> effective(hook, parent.get()));
                all.add(lists(hook, target, cgroup, own, own.progIds(), above));
            }
        }
        looked.put(target.id(), all);
    }

    /**
     * Finds the positions in the lists of one cgroup. Since the owners of programs are read once
     * for all lists that were read before, the lists of all cgroups are read first.
     *
     * @throws HostException if the order cannot be kept
     */
    private void place(Cgroup target) {
        looked.getOrDefault(target.id(), List.of()).forEach(this::place);
    }

    /** Forgets the positions at other cgroups than these. */
    private void keepOnly(List<Cgroup> targets) {
        Set<Long> ids = targets.stream().map(Cgroup::id).collect(Collectors.toSet());
        positions.keySet().removeIf(place -> !ids.contains(place.cgroupId()));
    }

    /** Returns the positions at one cgroup. */
    private List<Position> at(Cgroup target) {
        return looked.getOrDefault(target.id(), List.of()).stream()
                .map(lists -> at(lists.hook(), target))
                .toList();
    }

    private List<Integer> effective(Hook hook, Cgroup cgroup) {
        try (Fd fd = cgroups.open(cgroup)) {
            return bpf.progQueryEffective(fd, hook.attachType()).progIds();
        }
    }

    /** Finds one position again after the list of programs has changed. */
    Position plan(Hook hook, Cgroup target, Fd cgroup) {
        return place(read(hook, target, cgroup));
    }

    private Position place(Lists lists) {
        Position position = allowed(find(lists));
        ProgramSlots.check(position, lists.at() >= 0);
        positions.put(new Place(lists.hook(), lists.target().id()), position);
        return position;
    }

    /**
     * The programs at a hook of a cgroup.
     *
     * @param here the cgroup's own, in the order in which they run
     * @param above those of its ancestors
     * @param at the place of the old version among its own; negative if it is not attached
     * @param behind those that run after the old version at other hooks, if it is not attached here
     */
    private record Lists(
            Hook hook,
            Cgroup target,
            boolean ordered,
            long revision,
            List<Integer> here,
            List<Integer> above,
            int at,
            Set<Integer> behind) {}

    private Lists read(Hook hook, Cgroup target, Fd cgroup) {
        Attached own = bpf.progQuery(cgroup, hook.attachType());
        List<Integer> here = new ArrayList<>();
        List<Integer> above = new ArrayList<>();
        sort(own, bpf.progQueryEffective(cgroup, hook.attachType()).progIds(), here, above);
        return lists(hook, target, cgroup, own, here, above);
    }

    private Lists lists(Hook hook, Cgroup target, Fd cgroup, Attached own, List<Integer> here, List<Integer> above) {
        int at = old.flatMap(version -> version.program(new Place(hook, target.id()), here))
                .map(here::indexOf)
                .orElse(-1);
        Set<Integer> behind = at >= 0 || here.isEmpty() ? Set.of() : behind(target, cgroup);
        owners.listed(here);
        owners.listed(above);
        owners.listed(behind);
        return new Lists(hook, target, own.ordered(), own.revision(), here, above, at, behind);
    }

    /** Returns the positions found. */
    Collection<Position> all() {
        return positions.values();
    }

    /** Returns the last position found for a hook of a cgroup. */
    Position at(Hook hook, Cgroup target) {
        Position position = positions.get(new Place(hook, target.id()));
        if (position == null) {
            throw new IllegalStateException("no place was found at " + hook + " of " + target);
        }
        return position;
    }

    private Position find(Lists lists) {
        Hook hook = lists.hook();
        Cgroup target = lists.target();
        List<Integer> here = lists.here();
        List<Integer> above = lists.above();
        long revision = lists.revision();
        int at = lists.at();
        if (at >= 0) {
            // After the last program, the end of the list is the same position.
            boolean last = at == here.size() - 1;
            Optional<Neighbour> neighbour = last || !lists.ordered()
                    ? Optional.empty()
                    : Optional.of(new Neighbour(pin(name, old.orElseThrow().generation(), hook, target), true));
            return new Position(
                    hook, target, here.subList(0, at), here.subList(at + 1, here.size()), above, neighbour, revision);
        }
        int first = firstOf(followers(lists.behind()), here);
        Optional<Neighbour> neighbour = first == here.size() || !lists.ordered()
                ? Optional.empty()
                : owners.of(here.get(first))
                        .map(owner -> new Neighbour(pin(owner.instance(), owner.generation(), hook, target), false));
        return new Position(
                hook, target, here.subList(0, first), here.subList(first, here.size()), above, neighbour, revision);
    }

    /**
     * Splits all programs into a cgroup's own, in the order in which they run (BPF_F_PREORDER
     * changes it), and the others.
     */
    private static void sort(Attached own, List<Integer> all, List<Integer> here, List<Integer> above) {
        List<Integer> left = new ArrayList<>(own.progIds());
        for (Integer id : all) {
            (left.remove(id) ? here : above).add(id);
        }
        here.addAll(left);
    }

    private Path pin(InstanceName name, int generation, Hook hook, Cgroup target) {
        return instances.folder(name).generation(generation).resolve(new Place(hook, target.id()).pin());
    }

    /** Returns the programs that run after the old version at its hooks of a cgroup. */
    private Set<Integer> behind(Cgroup target, Fd cgroup) {
        Set<Integer> found = new LinkedHashSet<>();
        old.ifPresent(version -> version.hooks(target.id()).forEach(hook -> {
            List<Integer> there = bpf.progQuery(cgroup, hook.attachType()).progIds();
            version.program(new Place(hook, target.id()), there)
                    .ifPresent(id -> there.stream()
                            .skip(there.contains(id) ? there.indexOf(id) + 1 : there.size())
                            .forEach(found::add));
        }));
        return found;
    }

    /**
     * Returns the instances that run after this one at another hook of the cgroup. They run after
     * it at a new hook, too.
     */
    private Set<InstanceName> followers(Set<Integer> behind) {
        Set<InstanceName> found = new HashSet<>();
        behind.forEach(id -> owners.of(id).map(Owner::instance).ifPresent(found::add));
        found.remove(name);
        return found;
    }

    private int firstOf(Set<InstanceName> followers, List<Integer> here) {
        for (int i = 0; i < here.size() && !followers.isEmpty(); i++) {
            if (owners.of(here.get(i))
                    .filter(owner -> followers.contains(owner.instance()))
                    .isPresent()) {
                return i;
            }
        }
        return here.size();
    }

    /**
     * Returns the position that the kernel can provide. That is the last one only if it makes no
     * difference, or the user allows it.
     */
    private Position allowed(Position wanted) {
        if (wanted.after().isEmpty()) {
            return wanted;
        }
        if (wanted.neighbour().isPresent()) {
            return reorder && overridden(wanted) ? wanted.last() : wanted;
        }
        Hook hook = wanted.hook();
        Optional<Integer> passed = wanted.after().stream()
                .filter(id -> !reorder && (writes.at(hook) || owners.writes(hook, id)))
                .findFirst();
        if (passed.isPresent()) {
            String other = owners.name(passed.get());
            String again =
                    owners.of(passed.get()).isPresent() ? "; then apply " + other + " again in the same way" : "";
            throw new HostException(
                    "the new version would run after " + other + " at " + hook.word() + " of `" + wanted.cgroup()
                            + "`, not before it as now, because this kernel can attach programs only at the end, and "
                            + (writes.at(hook) ? "`" + name + "`" : other)
                            + " redirects or assigns there",
                    "accept the new order with --allow-reorder" + again);
        }
        return wanted.last();
    }

    private boolean overridden(Position wanted) {
        return !later.overriding(List.of(new LaterPrograms.Later(wanted.cgroup(), wanted.hook(), wanted.after())))
                .isEmpty();
    }

    /**
     * Returns a line for each program or policy that runs before or after the new programs, and for
     * each cgroup that has few slots for programs left.
     */
    List<String> notes() {
        Map<OrderNote, List<Hook>> found = new LinkedHashMap<>();
        for (Position position : positions.values()) {
            position.before().forEach(id -> addNote(found, position, id, true));
            position.later().forEach(id -> addNote(found, position, id, false));
        }
        List<String> notes = new ArrayList<>();
        found.forEach((note, hooks) -> notes.add(note.sentence(hooks)));
        notes.addAll(ProgramSlots.notes(positions.values()));
        return notes;
    }

    /** A line without its hooks. */
    private record OrderNote(String who, boolean before, String cgroup, boolean seen) {
        String sentence(List<Hook> hooks) {
            String words = hooks.stream().map(Hook::word).distinct().collect(Collectors.joining(" "));
            String sees = before
                    ? "; this policy sees the requests after its redirects and assignments"
                    : "; it sees the requests after this policy's redirects and assignments";
            return who + " runs " + (before ? "before" : "after") + " this policy at " + words + " of `" + cgroup + "`"
                    + (seen ? sees : "");
        }
    }

    private void addNote(Map<OrderNote, List<Hook>> found, Position position, int id, boolean before) {
        Hook hook = position.hook();
        Optional<Owner> owner = owners.of(id);
        if (owner.filter(any -> any.instance().equals(name)).isPresent()) {
            return;
        }
        boolean seen = before ? owner.isPresent() && owners.writes(hook, id) : writes.at(hook);
        OrderNote note =
                new OrderNote(owners.name(id), before, position.cgroup().toString(), seen);
        found.computeIfAbsent(note, any -> new ArrayList<>()).add(hook);
    }
}
