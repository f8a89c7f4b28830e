package org.ringwall.loader.apply;

import java.util.List;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.cgroup.Lookup;
import org.ringwall.loader.sys.Fd;

/** What applying needs of the cgroup hierarchy. */
public interface CgroupView {
    /** Opens the cgroup's directory, as the target of a link. */
    Fd open(Cgroup cgroup);

    /** The cgroup and those above it, nearest first. */
    List<Cgroup> upwards(Cgroup cgroup);

    /** The cgroup with this id. */
    Lookup<Cgroup> byId(long id);
}
