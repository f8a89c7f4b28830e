// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.List;

/**
 * A reader of the programs that run for cgroups, ours and those of other owners. It changes nothing
 * and takes no lock. Programs that it has seen are not read again, so it is used for one report.
 */
public interface RunOrders {
    /**
     * Returns the programs that run for a cgroup.
     *
     * @throws CgroupException if the cgroup was removed
     */
    RunOrder of(Cgroup cgroup);

    /** Returns the programs that run for every visible cgroup to which one is attached. */
    List<RunOrder> everywhere();
}
