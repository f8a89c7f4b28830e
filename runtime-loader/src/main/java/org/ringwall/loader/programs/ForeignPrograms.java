// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Attached;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Fd;

/** A check of the programs of other owners at the cgroups of a policy and above them. */
public final class ForeignPrograms {
    private final Bpf bpf;
    private final CgroupView cgroups;

    public ForeignPrograms(Bpf bpf, CgroupView cgroups) {
        this.bpf = bpf;
        this.cgroups = cgroups;
    }

    /**
     * Refuses a cgroup if a program without ALLOW_MULTI is attached to it or above it. One without
     * flags forbids ours ({@code hierarchy_allows_attach}); ours would override one with
     * ALLOW_OVERRIDE ({@code compute_effective_progs}).
     */
    public Read refuseExclusive(Collection<Hook> hooks, List<Cgroup> targets) {
        Read read = new Read();
        targets.forEach(target -> refuseExclusive(hooks, target, read));
        return read;
    }

    /** Does the same for one cgroup, and adds what it has read. */
    public void refuseExclusive(Collection<Hook> hooks, Cgroup target, Read read) {
        List<Cgroup> upwards = cgroups.upwards(target);
        if (upwards.size() > 1) {
            read.parents().put(target.id(), upwards.get(1));
        }
        for (Cgroup cgroup : upwards) {
            if (!read.checked().contains(cgroup)) {
                refuseExclusive(hooks, target, cgroup, read.own());
                // Not before: what refuses one target must refuse the next one below it, too.
                read.checked().add(cgroup);
            }
        }
    }

    private void refuseExclusive(Collection<Hook> hooks, Cgroup target, Cgroup cgroup, Map<Place, Attached> own) {
        try (Fd fd = cgroups.open(cgroup)) {
            for (Hook hook : hooks) {
                Attached attached = attached(fd, hook);
                refuseExclusive(hook, target, cgroup, attached);
                own.put(new Place(hook, cgroup.id()), attached);
            }
        }
    }

    /**
     * The data that the check has read, which {@code Order} reuses.
     *
     * @param own the programs attached to each cgroup itself
     * @param parents the parent of each target that has a visible one, by the target's id
     * @param checked the cgroups at which nothing is in the way
     */
    public record Read(Map<Place, Attached> own, Map<Long, Cgroup> parents, Set<Cgroup> checked) {
        public Read() {
            this(new HashMap<>(), new HashMap<>(), new HashSet<>());
        }
    }

    /**
     * Returns the attached programs. PROG_QUERY of an attach type that the kernel does not know
     * fails with EINVAL (cgroup_bpf_prog_query).
     */
    private Attached attached(Fd cgroup, Hook hook) {
        try {
            return bpf.progQuery(cgroup, hook.attachType());
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.EINVAL)) {
                throw e;
            }
            throw new HostException(
                    "this kernel has no hook " + hook.word() + ", which the policy needs",
                    "use kernel " + hook.since() + " or newer; nothing was changed on this host");
        }
    }

    private static void refuseExclusive(Hook hook, Cgroup target, Cgroup cgroup, Attached attached) {
        if (attached.exclusive()) {
            String how = attached.flags() == 0
                    ? "that allows no other program"
                    : "in which any program below it replaces it";
            throw new HostException(
                    "at `" + cgroup + "` another program is attached to " + hook.word() + " in a mode " + how
                            + (cgroup.equals(target) ? "" : ", so nothing can be attached to `" + target + "`"),
                    "have its owner attach it with BPF_F_ALLOW_MULTI, or choose another cgroup");
        }
    }
}
