// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.Places;
import org.ringwall.host.cli.command.StartedContainers;
import org.ringwall.host.journal.Changes;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.MemberChange;

/**
 * The policies that a container names by an annotation, and their coming into force on its cgroup.
 */
public final class ContainerPolicies {
    /** The beginning of the names of all annotations that are for Ringwall. */
    static final String PREFIX = "org.ringwall.";

    /** The annotation. Its value is the names of instances with commas between them. */
    static final String ANNOTATION = PREFIX + "policy";

    /** The fact of the journal that names a container. */
    private static final String CONTAINER = "container";

    /** For how long the cgroup of an ended container is looked for, in ns. */
    private static final long LATER = Duration.ofSeconds(30).toNanos();

    private ContainerPolicies() {}

    /**
     * Checks that the annotations of a container have none for Ringwall whose name is misspelled.
     * The container would start without its policy.
     *
     * @throws InputException if there is one
     */
    public static void check(Set<String> annotations) {
        for (String name : annotations) {
            if (name.startsWith(PREFIX) && !name.equals(ANNOTATION)) {
                throw new InputException(
                        "`" + Printable.line(name) + "` is not an annotation of Ringwall",
                        "write " + ANNOTATION + "=NAME");
            }
        }
    }

    /**
     * Parses the value of the annotation.
     *
     * @throws InputException if it is not a list of names
     */
    static List<InstanceName> parse(String annotation) {
        return Arrays.stream(annotation.split(",", -1))
                .map(String::strip)
                .map(InstanceName::parse)
                .toList();
    }

    /**
     * Returns the cgroup of a container that starts.
     *
     * @param pid its first process
     * @throws CgroupException if other processes are in its cgroup, too
     */
    static Cgroup ofItsOwn(LoaderHost host, long pid) {
        try {
            return new Places(host.cgroups(), false).ofProcess(pid, pid);
        } catch (CgroupException e) {
            throw new CgroupException(
                    String.valueOf(e.getMessage()),
                    "give the container a cgroup of its own: start it without --cgroups=disabled");
        }
    }

    /**
     * Begins the change of a container, so that the journal has the reason if it is refused: some
     * runtimes, such as crun, show what a hook prints to no one.
     *
     * @param id the container's
     */
    static Changes begin(Changes changes, String id) {
        return changes.begin().with(CONTAINER, id);
    }

    /**
     * Checks that policies are on this host.
     *
     * @param id the container's, for the journal
     * @throws InputException if one of them is not
     */
    static void check(LoaderHost host, Changes changes, List<InstanceName> names, String id) {
        List<InstanceName> all = host.instances();
        for (InstanceName name : names) {
            if (!all.contains(name)) {
                changes.begin(name).with(CONTAINER, id);
                throw name.absent();
            }
        }
    }

    /**
     * Puts all policies in force on the cgroup of a container, and none if one is not on this host.
     * After another failure those before it stay in force: another process may do the same for this
     * container, such as a hook that has waited too long for the agent, and count on them.
     *
     * @param started notes what is done
     * @param id the container's, also for the journal
     * @return those that were not in force there before
     */
    static List<InstanceName> join(
            LoaderHost host,
            Changes changes,
            StartedContainers started,
            List<InstanceName> names,
            Cgroup cgroup,
            String id) {
        check(host, changes, names, id);
        List<InstanceName> joined = new ArrayList<>();
        for (InstanceName name : names) {
            changes.begin(name).with(CONTAINER, id).with("cgroups", List.of(cgroup.toString()));
            started.started(id, cgroup.id(), name.toString());
            MemberChange change = host.joinByItself(name, cgroup);
            changes.with("generation", change.generation()).done("joined");
            if (!change.changed().isEmpty()) {
                joined.add(name);
            }
        }
        return joined;
    }

    /**
     * Lets a policy forget the cgroup of a container that has ended. If this process has not put it
     * there, all cgroups of the policy that were removed are forgotten.
     *
     * @param id the container's; empty for all of the policy that were removed
     */
    static void forget(LoaderHost host, StartedContainers started, InstanceName name, String id) {
        OptionalLong cgroup =
                id.isEmpty() ? OptionalLong.empty() : started.ended(id, name.toString(), System.nanoTime() + LATER);
        if (cgroup.isPresent()) {
            forget(host, name, cgroup.getAsLong());
        } else {
            host.dropRemoved(name);
        }
    }

    /**
     * Lets the policies forget the cgroups of containers that have ended before: the kernel
     * detaches programs from a removed cgroup when the last socket of it has been released.
     */
    static void forgetLater(LoaderHost host, StartedContainers started) {
        for (StartedContainers.Leaving each : started.leaving(System.nanoTime())) {
            try {
                if (forget(host, InstanceName.parse(each.policy()), each.cgroup())) {
                    started.forgotten(each);
                }
            } catch (InputException e) {
                // The policy is no longer in force anywhere.
                started.forgotten(each);
            }
        }
    }

    /** Drops containers whose end no hook has reported. */
    static void dropEnded(LoaderHost host, StartedContainers started) {
        started.dropEnded(host::isGone);
    }

    /** Returns whether the policy has no pins for the cgroup after this. */
    private static boolean forget(LoaderHost host, InstanceName name, long cgroup) {
        return host.isGone(cgroup) && host.dropRemoved(name, Set.of(cgroup)).contains(cgroup);
    }
}
