// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Anchor;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.Place;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.programs.Position;
import org.ringwall.sys.Fd;

/**
 * The attachment of a version's programs at the positions that an {@link Order} has chosen, with
 * pinned links.
 */
final class Attacher {
    private static final int ATTEMPTS = 100;

    private final Bpf bpf;
    private final PinStore pins;
    private final CgroupView cgroups;
    private final Order order;
    private final Consumer<Position> check;

    /**
     * Creates an attacher.
     *
     * @param check refuses a position that was found again because the list of programs has changed
     */
    Attacher(Bpf bpf, PinStore pins, CgroupView cgroups, Order order, Consumer<Position> check) {
        this.pins = pins;
        this.bpf = bpf;
        this.cgroups = cgroups;
        this.order = order;
        this.check = check;
    }

    /**
     * Attaches all programs to a cgroup and pins the links in the folder. After an exception none
     * of these programs is attached there.
     */
    void attach(Map<Hook, Fd> programs, Cgroup target, Path folder) {
        List<Path> begun = new ArrayList<>();
        try (Fd cgroup = cgroups.open(target)) {
            for (Map.Entry<Hook, Fd> each : programs.entrySet()) {
                Path pin = folder.resolve(new Place(each.getKey(), target.id()).pin());
                attach(each.getKey(), each.getValue(), target, cgroup, pin, begun.isEmpty());
                begun.add(pin);
            }
        } catch (RuntimeException e) {
            undo(begun, e);
            throw e;
        }
    }

    private void undo(List<Path> links, RuntimeException cause) {
        for (Path pin : links) {
            try {
                try (Fd link = bpf.objGet(pin)) {
                    bpf.linkDetach(link);
                }
                pins.unlink(pin);
            } catch (RuntimeException e) {
                cause.addSuppressed(e);
            }
        }
    }

    /**
     * Attaches one program.
     *
     * @param examined whether to compare the link with the cgroup. One link of a descriptor is
     *     enough, and with nine hooks the other eight would be a tenth of the calls of an upgrade.
     */
    private void attach(Hook hook, Fd program, Cgroup target, Fd cgroup, Path pin, boolean examined) {
        try (Fd link = link(hook, program, target, cgroup)) {
            if (examined) {
                LinkInfo info = bpf.linkInfo(link);
                if (info.cgroupId() != target.id() || info.attachType() != hook.attachType()) {
                    throw new HostException(
                            "the link to `" + target + "` was created at another position", "apply again");
                }
            }
            bpf.objPin(link, pin);
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
                check.accept(place);
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
