// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The cgroup2 hierarchy as this process sees it, through the mounts that there were when this was
 * created. It holds no descriptors. Several threads may use it at the same time.
 *
 * <p>Every method that needs a mount of cgroup2 or `/proc` throws a {@link CgroupException} if
 * there is none, and every method that returns a {@link Cgroup}, and no Optional, throws one if the
 * cgroup does not exist.
 */
public interface Cgroups {
    /** The beginning of the names of cgroups that the loader claims for trials of the kernel. */
    String TRIALS = "ringwall-trial-";

    /** Returns the mount point of the hierarchy; of several the one that shows most of it. */
    Path mount();

    /** Returns the cgroup of this process. */
    Cgroup own();

    /**
     * Returns the cgroup of a process.
     *
     * @param pid its id in the pid namespace of this process
     */
    Cgroup ofPid(long pid);

    /**
     * Returns the cgroups of the threads of a process with the ids of these threads: one cgroup,
     * unless some threads are in threaded cgroups ({@code cgroup.type}). Threads that end meanwhile
     * are left out; nothing is returned for a process that does not exist.
     */
    Map<Cgroup, List<Long>> ofThreads(long pid);

    /** Returns the cgroup with this directory; symbolic links are followed. */
    Cgroup at(Path directory);

    /**
     * Returns the cgroup whose directory was found below a mount of cgroup2; empty if it has been
     * removed since.
     */
    Optional<Cgroup> ifStillThere(Path found);

    /**
     * Returns an existing cgroup by its path from the root of the hierarchy, which can be mounted
     * in addition to the part that a cgroup namespace shows; empty if no mount shows it.
     */
    Optional<Cgroup> fromRoot(Path relative);

    /**
     * Returns the cgroup with an id ({@link Cgroup#id}), wherever it is. Its directory is empty if
     * no mount shows it.
     */
    Lookup<Cgroup> byId(long id);

    /** Returns whether a cgroup is the root of what is mounted here. */
    boolean isTop(Cgroup cgroup);

    /** Returns a cgroup and its ancestors, nearest first, as far as they are mounted. */
    List<Cgroup> upwards(Cgroup cgroup);

    /**
     * Returns the cgroups whose directories match, parents before their children. Cgroups that are
     * created or removed meanwhile may be missing.
     */
    List<Cgroup> find(Predicate<Path> wanted);

    /**
     * Returns the ids of the processes in a cgroup and below; 0 for each that is not visible in
     * this pid namespace. Some may be missing while others create and remove cgroups there.
     */
    List<Long> processes(Cgroup cgroup);

    /**
     * Creates a cgroup below that of this process for as long as this process needs it.
     *
     * @param name its name; if another process takes the cgroup at once, the name gets a suffix
     * @throws CgroupException if the name is in use, or the cgroup cannot be created
     */
    Claimed claim(String name);

    /**
     * Removes a cgroup and its descendants, unless there is a process in one of them or {@link
     * #claim another process} needs it. Returns whether they are removed.
     */
    boolean removeUnclaimed(Cgroup cgroup);

    /**
     * A cgroup that this process created for itself. It is locked until this is closed, so that
     * others recognize it as abandoned after this process was killed. Unlike a process id in the
     * name, a lock works across pid namespaces.
     */
    interface Claimed extends AutoCloseable {
        /** Returns the cgroup. */
        Cgroup cgroup();

        /**
         * Kills every process in the cgroup and below, until the kernel counts none. The files that
         * this needs were opened when there was no process yet, so that none can prevent it.
         *
         * @throws CgroupException if processes are left after some seconds
         */
        void end();

        /**
         * Removes the cgroup, which must have no process, and its descendants.
         *
         * @throws CgroupException if it cannot be removed for some seconds
         */
        void remove();

        /** Ends the claim. A cgroup that was not removed stays. */
        @Override
        void close();
    }
}
