// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Fd;

/**
 * A search for programs of other owners that run after a policy's programs and override its
 * denials, or may. Programs that run before it cannot. A pinned program of any instance of a policy
 * is not foreign, whatever its name is; one of a plain object is.
 */
public final class LaterPrograms {
    private final Bpf bpf;
    private final CgroupView cgroups;
    private final Owners owners;
    private final Overrides overrides;
    private final Map<Known, Optional<Foreign>> known = new HashMap<>();
    private final Map<Path, Map<Hook, Boolean>> above = new HashMap<>();

    public LaterPrograms(Bpf bpf, CgroupView cgroups, Owners owners) {
        this.bpf = bpf;
        this.cgroups = cgroups;
        this.owners = owners;
        this.overrides = new Overrides(bpf);
    }

    private record Known(Hook hook, int id) {}

    private record Foreign(ProgInfo info, Overrides.Finding finding) {}

    /**
     * A program that can override denials.
     *
     * @param name its hook and tag, by which it is accepted; they do not change if its owner loads
     *     the same code again
     * @param sentence what it is and does
     * @param remedy what to do about it
     */
    public record Overriding(String name, String sentence, String remedy) {
        /** Returns the names of several programs. */
        public static Set<String> names(List<Overriding> all) {
            return all.stream().map(Overriding::name).collect(Collectors.toSet());
        }
    }

    /** The programs that run after those of a policy at a hook of a cgroup, of any owner. */
    public record Later(Cgroup cgroup, Hook hook, List<Integer> programs) {
        public Later {
            programs = List.copyOf(programs);
        }
    }

    /**
     * Returns those that would run after programs attached at these positions.
     *
     * @param accepted the names of those that the user has accepted
     * @throws HostException if there is another one
     */
    public List<Overriding> afterAttaching(Collection<Position> places, Set<String> accepted) {
        List<Overriding> found = afterAttaching(places);
        List<Overriding> others = found.stream()
                .filter(program -> !accepted.contains(program.name()))
                .toList();
        if (!others.isEmpty()) {
            throw Overrides.Finding.refused(
                    others.stream().map(Overriding::sentence).toList(),
                    others.get(0).remedy());
        }
        return found;
    }

    /** Lets one reading of the owners of programs serve all these positions. */
    public void expect(Collection<Position> places) {
        places.forEach(place -> owners.listed(place.later()));
    }

    /** Returns those that would run after programs attached at these positions. */
    public List<Overriding> afterAttaching(Collection<Position> places) {
        List<Later> all = places.stream()
                .map(place -> new Later(place.cgroup(), place.hook(), place.later()))
                .toList();
        all.forEach(later -> owners.listed(later.programs()));
        return overriding(all);
    }

    /**
     * Programs of a policy at a cgroup.
     *
     * @param attached the hooks at which they are attached to the cgroup itself
     * @param later what runs after them there
     */
    public record Here(Set<Hook> attached, List<Later> later) {}

    /**
     * Finds programs, given by hook, at a cgroup. One query for each hook shows both whether the
     * program is attached and that no other one is. What runs above is read once for all cgroups
     * and hooks of a parent; where there is something, the order of the programs is read for each
     * cgroup.
     */
    public Here here(Cgroup target, Map<Hook, Integer> programs) {
        Set<Hook> attached = EnumSet.noneOf(Hook.class);
        List<Later> found = new ArrayList<>();
        try (Fd fd = cgroups.open(target)) {
            programs.forEach((hook, id) -> {
                List<Integer> own = bpf.progQuery(fd, hook.attachType()).progIds();
                if (own.contains(id)) {
                    attached.add(hook);
                    if (Helper.SET_RETVAL.since(hook).isPresent()
                            && (own.size() > 1 || runsAbove(target, programs.keySet(), hook))) {
                        found.add(after(target, fd, hook, id));
                    }
                }
            });
        }
        return new Here(attached, found);
    }

    /** Returns whether a program runs at this hook, one of some, of the parent. */
    private boolean runsAbove(Cgroup target, Set<Hook> hooks, Hook hook) {
        Optional<Path> parent = target.visible().map(Path::getParent);
        if (parent.isEmpty()) {
            return true;
        }
        Map<Hook, Boolean> read = above.computeIfAbsent(parent.get(), path -> new EnumMap<>(Hook.class));
        if (!read.containsKey(hook)) {
            readAbove(target, hooks, read);
        }
        return read.getOrDefault(hook, true);
    }

    private void readAbove(Cgroup target, Set<Hook> hooks, Map<Hook, Boolean> read) {
        List<Cgroup> upwards = cgroups.upwards(target);
        if (upwards.size() < 2) {
            return;
        }
        try (Fd fd = cgroups.open(upwards.get(1))) {
            hooks.stream()
                    .filter(each -> Helper.SET_RETVAL.since(each).isPresent())
                    .forEach(each -> read.put(
                            each,
                            !bpf.progQueryEffective(fd, each.attachType())
                                    .progIds()
                                    .isEmpty()));
        }
    }

    private Later after(Cgroup target, Fd fd, Hook hook, int id) {
        List<Integer> all = bpf.progQueryEffective(fd, hook.attachType()).progIds();
        List<Integer> later = all.subList(all.lastIndexOf(id) + 1, all.size());
        owners.listed(later);
        return new Later(target, hook, later);
    }

    /**
     * Returns the programs that run after these, given by hook, which are attached to the cgroup.
     */
    public List<Later> after(Cgroup target, Map<Hook, Integer> programs) {
        List<Later> found = new ArrayList<>();
        try (Fd fd = cgroups.open(target)) {
            programs.forEach((hook, id) -> {
                if (Helper.SET_RETVAL.since(hook).isPresent()) {
                    found.add(after(target, fd, hook, id));
                }
            });
        }
        return found;
    }

    /** Returns those among these programs that are foreign and can override verdicts. */
    public List<Overriding> overriding(List<Later> all) {
        List<Overriding> found = new ArrayList<>();
        for (Later later : all) {
            if (Helper.SET_RETVAL.since(later.hook()).isPresent()) {
                for (int id : new LinkedHashSet<>(later.programs())) {
                    foreign(later.hook(), id)
                            .ifPresent(foreign -> found.add(overriding(later.cgroup(), later.hook(), foreign)));
                }
            }
        }
        return found;
    }

    private Optional<Foreign> foreign(Hook hook, int id) {
        if (owners.of(id).filter(owner -> !owner.plain()).isPresent()) {
            return Optional.empty();
        }
        Known name = new Known(hook, id);
        Optional<Foreign> found = known.get(name);
        if (found == null) {
            found = look(bpf, overrides, hook, id);
            known.put(name, found);
        }
        return found;
    }

    private static Optional<Foreign> look(Bpf bpf, Overrides overrides, Hook hook, int id) {
        try (Fd program = bpf.progById(id)) {
            ProgInfo info = bpf.progInfo(program);
            return overrides.of(hook, program).map(finding -> new Foreign(info, finding));
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.ENOENT)) {
                throw e;
            }
            // The program was detached and no longer exists.
            return Optional.empty();
        }
    }

    /** Returns what a program at a hook does to earlier verdicts; empty if nothing. */
    public static Optional<String> finding(Bpf bpf, Hook hook, int id) {
        return look(bpf, new Overrides(bpf), hook, id)
                .map(foreign -> foreign.finding().text());
    }

    private Overriding overriding(Cgroup target, Hook hook, Foreign foreign) {
        ProgInfo info = foreign.info();
        String where = hook.word() + " of " + place(target, hook, info.id());
        return new Overriding(
                hook.word() + "-" + info.tag(),
                foreign.finding().sentence(info, true, where, "the policy"),
                foreign.finding().remedy());
    }

    private String place(Cgroup target, Hook hook, int id) {
        for (Cgroup cgroup : cgroups.upwards(target)) {
            try (Fd fd = cgroups.open(cgroup)) {
                if (bpf.progQuery(fd, hook.attachType()).progIds().contains(id)) {
                    return "`" + cgroup + "`";
                }
            }
        }
        return "a cgroup above `" + target + "` that cannot be seen from here";
    }
}
