// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.InForce;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.instance.Instances;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.programs.LaterPrograms;
import org.ringwall.loader.programs.Owners;
import org.ringwall.loader.programs.Position;

/**
 * The check that new programs, at the positions of an {@link Order}, let no denial be turned into
 * success unnoticed. A later program of another owner could override their denials; programs of a
 * plain object could override denials of instances that run before them.
 */
final class OverrideCheck {
    private final LaterPrograms later;
    private final InstanceFolder folder;
    private final Order order;
    private final boolean acceptForeign;

    /**
     * Creates the check for an instance.
     *
     * @param acceptForeign whether the user accepts such programs now; those of `folder` were
     *     accepted earlier
     */
    OverrideCheck(
            Bpf bpf,
            CgroupView cgroups,
            Instances instances,
            InstanceFolder folder,
            Order order,
            boolean acceptForeign) {
        this.later = new LaterPrograms(bpf, cgroups, new Owners(bpf, instances));
        this.folder = folder;
        this.order = order;
        this.acceptForeign = acceptForeign;
    }

    /**
     * Returns the programs of other owners that can turn denials of the new programs into success.
     *
     * @throws HostException if the user accepts one of them neither now nor earlier
     */
    List<LaterPrograms.Overriding> later() {
        return later(order.all());
    }

    /** Lets one reading of the owners of programs serve all these positions. */
    void expect(Collection<Position> positions) {
        later.expect(positions);
    }

    /** Returns the same for some of the positions. */
    List<LaterPrograms.Overriding> later(Collection<Position> positions) {
        return acceptForeign ? later.afterAttaching(positions) : later.afterAttaching(positions, folder.accepted());
    }

    /**
     * Returns sentences about denials that the new programs can turn into success.
     *
     * @param old the version that they replace
     * @throws HostException if there are such denials and the user does not accept that
     */
    List<String> earlier(PlainOverrides programs, Optional<InForce> old) {
        return programs.check(order.all(), old, acceptForeign);
    }

    /** Repeats both checks after one position has changed. */
    void both(PlainOverrides programs, Optional<InForce> old, Position changed) {
        later(List.of(changed));
        programs.check(List.of(changed), old, acceptForeign);
    }
}
