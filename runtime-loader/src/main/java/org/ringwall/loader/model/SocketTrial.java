// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;

/**
 * A test of whether this kernel still matches a new socket with the cgroup of its creator. Kernels
 * before 5.15 stop doing so for the whole host, until they are booted again, once a task is in a
 * child of a cgroup v1 hierarchy with net_prio or net_cls ({@code cgroup_sk_alloc_disable}). Then
 * every new socket belongs to the root cgroup, and no program of another cgroup sees it.
 */
@FunctionalInterface
public interface SocketTrial {
    /** The result of a trial. */
    enum Outcome {
        /**
         * A socket belongs to the cgroup of its creator; or the trial could not be made, and the
         * kernel is of a version that cannot lose that.
         */
        MATCHED,
        /** It belongs to the root cgroup instead. */
        LOST,
        /** The trial could not be made on a kernel before 5.15. */
        UNKNOWN
    }

    /** What is wrong where sockets are not matched, as a sentence. */
    String LOST = "this kernel no longer matches sockets with their cgroups, so no policy on sockets is enforced";

    /** What is not known where the trial could not be made, as a sentence. */
    String UNKNOWN = "it could not be tested whether this kernel still matches sockets with their cgroups, which"
            + " cgroup v1 with net_prio or net_cls ends before Linux 5.15";

    /** What to do about sockets that are not matched. */
    String HELP = "take net_prio and net_cls off cgroup v1 (cgroup_no_v1=net_prio,net_cls on the kernel command line)"
            + " and boot again, or use Linux 5.15 or newer";

    /** The hooks at which the cgroup is that of the calling task; at others it is a socket's. */
    Set<Hook> OF_TASKS = Set.copyOf(EnumSet.of(Hook.DEVICE, Hook.SYSCTL));

    /** Runs the trial, and leaves nothing behind. */
    Outcome run();

    /** Runs as much of the trial as needs no cgroup, whose creation others would notice. */
    default Outcome glance() {
        return run();
    }

    /** Returns whether a policy with these hooks needs sockets to be matched. */
    static boolean concerns(Collection<Hook> hooks) {
        return !OF_TASKS.containsAll(hooks);
    }

    /**
     * Refuses a policy that would not be enforced.
     *
     * @return a line if that could not be tested
     * @throws HostException if it has hooks of sockets and the trial shows that they do not run
     */
    default List<String> require(Collection<Hook> hooks) {
        Outcome outcome = concerns(hooks) ? run() : Outcome.MATCHED;
        if (outcome == Outcome.LOST) {
            throw new HostException(LOST, HELP);
        }
        return outcome == Outcome.UNKNOWN ? List.of(UNKNOWN) : List.of();
    }
}
