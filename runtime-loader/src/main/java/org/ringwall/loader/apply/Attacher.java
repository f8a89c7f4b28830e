// SPDX-License-Identifier: Apache-2.0
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
import org.ringwall.loader.instance.HostException;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.programs.CgroupView;
import org.ringwall.loader.programs.Position;
import org.ringwall.loader.sys.Fd;

/**
 * The attachment of a version's programs at the positions that an {@link Order} has chosen, with
 * pinned links.
 */
final class Attacher {
    private static final int ATTEMPTS = 100;

    private final Bpf bpf;
    private final CgroupView cgroups;
    private final Order order;
    private final Runnable check;

    /**
     * Creates an attacher.
     *
     * @param check refuses positions that were found again because the list of programs has changed
     */
    Attacher(Bpf bpf, CgroupView cgroups, Order order, Runnable check) {
        this.bpf = bpf;
        this.cgroups = cgroups;
        this.order = order;
        this.check = check;
    }

    /** Attaches all programs to all cgroups and pins the links in the folder. */
    void attach(Map<Hook, Fd> programs, List<Cgroup> targets, Path folder) {
        for (Cgroup target : targets) {
            try (Fd cgroup = cgroups.open(target)) {
                boolean first = true;
                for (Map.Entry<Hook, Fd> each : programs.entrySet()) {
                    attach(each.getKey(), each.getValue(), target, cgroup, folder, first);
                    first = false;
                }
            }
        }
    }

    /**
     * Attaches one program.
     *
     * @param examined whether to compare the link with the cgroup. One link of a descriptor is
     *     enough, and with nine hooks the other eight would be a tenth of the calls of an upgrade.
     */
    private void attach(Hook hook, Fd program, Cgroup target, Fd cgroup, Path folder, boolean examined) {
        try (Fd link = link(hook, program, target, cgroup)) {
            if (examined) {
                LinkInfo info = bpf.linkInfo(link);
                if (info.cgroupId() != target.id() || info.attachType() != hook.attachType()) {
                    throw new HostException(
                            "the link to `" + target + "` was created at another position", "apply again");
                }
            }
            bpf.objPin(link, folder.resolve(new Place(hook, target.id()).pin()));
        }
    }

    /**
     * Creates the link. ESTALE means that the list of programs has changed since the position was
     * found.
     */
    private Fd link(Hook hook, Fd program, Cgroup target, Fd cgroup) {
        Position place = order.at(hook, target);
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

    private Fd link(Position place, Fd program, Fd cgroup) {
        int type = place.hook().attachType();
        if (place.neighbour().isEmpty()) {
            return bpf.linkCreate(program, cgroup, type, Optional.empty(), place.revision());
        }
        Position.Neighbour neighbour = place.neighbour().get();
        try (Fd link = bpf.objGet(neighbour.pin())) {
            return bpf.linkCreate(
                    program, cgroup, type, Optional.of(new Anchor(link, neighbour.after())), place.revision());
        }
    }
}
