// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.util.List;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Lookup;
import org.ringwall.sys.Fd;

/** The cgroup hierarchy as the loader needs it to apply a policy. */
public interface CgroupView {
    /** Opens the cgroup's directory, as the target of a link. */
    Fd open(Cgroup cgroup);

    /** Returns the cgroup and its ancestors, nearest first. */
    List<Cgroup> upwards(Cgroup cgroup);

    Lookup<Cgroup> byId(long id);

    /**
     * Returns whether the kernel confirms that a cgroup was removed; false if it exists or that is
     * not known.
     */
    default boolean isGone(long id) {
        return byId(id) instanceof Lookup.Gone<Cgroup>;
    }
}
