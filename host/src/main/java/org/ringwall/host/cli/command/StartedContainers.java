// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * The containers that this process has put under policies, so that their ends concern their own
 * cgroups alone and no search among all cgroups of a policy is necessary. Thread-safe.
 *
 * <p>It is only a shortcut: containers that another process has started are not known, and what is
 * in force is recorded by pins alone.
 */
public final class StartedContainers {
    private final Map<String, Started> running = new HashMap<>();
    private final Set<Leaving> leaving = new HashSet<>();

    /** When {@link #ended} was last called for a container that is not known; 0 if never. */
    private long unknown;

    /** The cgroup of a container, and the policies in force there. */
    private record Started(long cgroup, Set<String> policies) {}

    /**
     * A cgroup of a container that has ended, which a policy still has to forget.
     *
     * @param cgroup its id
     * @param deadline the time by System.nanoTime after which it is no longer looked for
     */
    public record Leaving(String policy, long cgroup, long deadline) {}

    /**
     * Notes that a policy is put in force on the cgroup of a container.
     *
     * @param id the container's
     * @param policy the name of the instance
     */
    public synchronized void started(String id, long cgroup, String policy) {
        Started known = running.get(id);
        if (known == null || known.cgroup() != cgroup) {
            known = new Started(cgroup, new HashSet<>());
            running.put(id, known);
        }
        known.policies().add(policy);
    }

    /**
     * Notes that a container has ended, as far as one policy is concerned.
     *
     * @param deadline until when {@link #leaving} has it
     * @return the id of its cgroup; empty if this process has not put it under the policy
     */
    public synchronized OptionalLong ended(String id, String policy, long deadline) {
        Started known = running.get(id);
        if (known == null || !known.policies().remove(policy)) {
            unknown = System.nanoTime();
            return OptionalLong.empty();
        }
        if (known.policies().isEmpty()) {
            running.remove(id);
        }
        leaving.add(new Leaving(policy, known.cgroup(), deadline));
        return OptionalLong.of(known.cgroup());
    }

    /** Returns the cgroups that have to be forgotten, without those whose deadline is over. */
    public synchronized Set<Leaving> leaving(long now) {
        leaving.removeIf(each -> now - each.deadline() > 0);
        return Set.copyOf(leaving);
    }

    /** Notes that the policy has forgotten the cgroup. */
    public synchronized void forgotten(Leaving over) {
        leaving.remove(over);
    }

    /**
     * Returns whether the end of a container that this process did not start was reported at most
     * this long ago.
     *
     * @param age in ns
     */
    public synchronized boolean unknownEnded(long age) {
        return unknown != 0 && System.nanoTime() - unknown < age;
    }

    /**
     * Removes the containers whose end was never reported.
     *
     * @param gone whether the cgroup with an id was removed
     */
    public synchronized void dropEnded(LongPredicate gone) {
        running.values().removeIf(known -> gone.test(known.cgroup()));
    }
}
