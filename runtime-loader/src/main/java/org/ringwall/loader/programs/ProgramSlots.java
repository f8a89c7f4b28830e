// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.CgroupPrograms;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Fd;

/**
 * The slots that the kernel has for programs at one hook of one cgroup. A new version of a policy
 * is attached beside the old one, so a cgroup whose slots are all taken can have no upgrade, and no
 * policy may take the last slot.
 */
public final class ProgramSlots {
    /** From how many programs on the user is warned. */
    private static final int WARNED = 60;

    private static final String HELP = "put several policies into one, or end one there; ringwall tree lists them";

    private ProgramSlots() {}

    /** The hooks of a cgroup that have the same number of programs. */
    private record Crowd(Cgroup cgroup, int programs) {}

    /**
     * A hook of a cgroup with few slots left.
     *
     * @param full whether no policy there can be upgraded
     * @param sentence what is so
     * @param help what to do about it
     */
    public record Crowded(boolean full, String sentence, String help) {}

    /**
     * Refuses a position for whose program there is no slot.
     *
     * @param replaces whether a program of the instance, which this one replaces, is attached there
     */
    public static void check(Position position, boolean replaces) {
        int others = position.before().size() + position.after().size();
        if (others + 1 < CgroupPrograms.MOST) {
            return;
        }
        String where = position.hook().word() + " of `" + position.cgroup() + "`";
        throw new HostException(
                replaces
                        ? (others + 1) + " programs are attached to " + where + ", the most that the kernel takes, so"
                                + " that a new version has no slot beside the old one"
                        : others + " programs are attached to " + where + ", and the last of the kernel's "
                                + CgroupPrograms.MOST + " slots is kept for new versions, which are attached beside the"
                                + " old ones",
                HELP);
    }

    /** Returns a sentence for each cgroup in which few slots are left once these are attached. */
    public static List<String> notes(Collection<Position> positions) {
        Map<Crowd, Set<Hook>> crowds = new LinkedHashMap<>();
        positions.forEach(position -> add(
                crowds,
                position.cgroup(),
                position.hook(),
                position.before().size() + 1 + position.after().size()));
        return crowded(crowds).stream().map(Crowded::sentence).toList();
    }

    /** Returns the hooks of a cgroup in which few slots are left. */
    public static List<Crowded> of(Bpf bpf, CgroupView cgroups, Cgroup cgroup, Set<Hook> hooks) {
        Map<Crowd, Set<Hook>> crowds = new LinkedHashMap<>();
        try (Fd fd = cgroups.open(cgroup)) {
            for (Hook hook : hooks) {
                add(
                        crowds,
                        cgroup,
                        hook,
                        bpf.progQuery(fd, hook.attachType()).progIds().size());
            }
        }
        return crowded(crowds);
    }

    private static void add(Map<Crowd, Set<Hook>> crowds, Cgroup cgroup, Hook hook, int programs) {
        if (programs >= WARNED) {
            crowds.computeIfAbsent(new Crowd(cgroup, programs), any -> EnumSet.noneOf(Hook.class))
                    .add(hook);
        }
    }

    private static List<Crowded> crowded(Map<Crowd, Set<Hook>> crowds) {
        List<Crowded> found = new ArrayList<>();
        crowds.forEach((crowd, hooks) -> {
            boolean full = crowd.programs() >= CgroupPrograms.MOST;
            String words = hooks.stream().map(Hook::word).collect(Collectors.joining(" "));
            String rest = full
                    ? ", so that no policy there can be upgraded"
                    : crowd.programs() == CgroupPrograms.MOST - 1
                            ? "; the last is kept for new versions, so that no further policy can be put in force there"
                            : "; the last is kept for new versions";
            found.add(new Crowded(
                    full,
                    crowd.programs() + " of the kernel's " + CgroupPrograms.MOST + " slots for programs are taken at "
                            + words + " of `" + crowd.cgroup() + "`" + rest,
                    HELP));
        });
        return found;
    }
}
