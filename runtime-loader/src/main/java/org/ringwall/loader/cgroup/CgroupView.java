// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import java.util.List;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Lookup;
import org.ringwall.sys.Fd;

/** The cgroup hierarchy as the loader needs it to apply a policy. */
public interface CgroupView {
    /**
     * Opens the directory of a cgroup, as the target of a link, by its id, because its path may
     * lead to another cgroup by now. If ids cannot be looked up, the path is opened and must lead
     * to that id.
     */
    Fd open(Cgroup cgroup);

    /** Returns the cgroup and its ancestors, nearest first. */
    List<Cgroup> upwards(Cgroup cgroup);

    /** Returns the cgroup with an id. */
    Lookup<Cgroup> byId(long id);

    /**
     * Returns whether {@link #byId} would find that the cgroup was removed. Reads no path.
     */
    default boolean isGone(long id) {
        return byId(id) instanceof Lookup.Gone<Cgroup>;
    }
}
