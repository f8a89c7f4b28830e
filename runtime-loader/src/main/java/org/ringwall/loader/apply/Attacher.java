package org.ringwall.loader.apply;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Anchor;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.sys.Fd;

/** Attaches the programs of a version at the places that an {@link Order} has found for them, and pins the links. */
final class Attacher {
    private static final int ATTEMPTS = 100;

    private final Bpf bpf;
    private final CgroupView cgroups;
    private final Order order;
    private final Runnable check;

    /**
     * An attacher.
     *
     * @param check refuses places that were found again because programs came or went since they were found first
     */
    Attacher(Bpf bpf, CgroupView cgroups, Order order, Runnable check) {
        this.bpf = bpf;
        this.cgroups = cgroups;
        this.order = order;
        this.check = check;
    }

    /** Attaches all programs to all cgroups; the pins go into the folder. */
    void attach(Map<Hook, Fd> programs, List<Cgroup> targets, Path folder) {
        for (Cgroup target : targets) {
            try (Fd cgroup = cgroups.open(target)) {
                programs.forEach((hook, program) -> attach(hook, program, target, cgroup, folder));
            }
        }
    }

    private void attach(Hook hook, Fd program, Cgroup target, Fd cgroup, Path folder) {
        try (Fd link = link(hook, program, target, cgroup)) {
            LinkInfo info = bpf.linkInfo(link);
            if (info.cgroupId() != target.id() || info.attachType() != hook.attachType()) {
                throw new HostException("the link to `" + target + "` came out at another place", "apply again");
            }
            bpf.objPin(link, folder.resolve(new Place(hook, target.id()).pin()));
        }
    }

    /** ESTALE: another program was attached or detached there since the place was found. */
    private Fd link(Hook hook, Fd program, Cgroup target, Fd cgroup) {
        Standing place = order.at(hook, target);
        for (int attempt = 1; ; attempt++) {
            try {
                return link(place, program, cgroup);
            } catch (KernelRefusedException e) {
                if (!e.errno().is(Errno.ESTALE) || attempt == ATTEMPTS) {
                    throw e;
                }
                place = order.plan(hook, target, cgroup);
                check.run();
            }
        }
    }

    private Fd link(Standing place, Fd program, Fd cgroup) {
        int type = place.hook().attachType();
        if (place.neighbour().isEmpty()) {
            return bpf.linkCreate(program, cgroup, type, Optional.empty(), place.revision());
        }
        Standing.Neighbour neighbour = place.neighbour().get();
        try (Fd link = bpf.objGet(neighbour.pin())) {
            return bpf.linkCreate(
                    program, cgroup, type, Optional.of(new Anchor(link, neighbour.after())), place.revision());
        }
    }
}
