// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.ringwall.loader.apply.InputException;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.apply.Members;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.cgroup.CgroupException;
import org.ringwall.loader.state.Printable;

/**
 * The policies that a container names by an annotation, and their coming into force on its cgroup.
 */
final class ContainerPolicies {
    /** The beginning of the names of all annotations that are for Ringwall. */
    static final String PREFIX = "org.ringwall.";

    /** The annotation. Its value is the names of instances with commas between them. */
    static final String ANNOTATION = PREFIX + "policy";

    private ContainerPolicies() {}

    /**
     * Checks that the annotations of a container have none for Ringwall whose name is misspelled.
     * The container would start without its policy.
     *
     * @throws InputException if there is one
     */
    static void check(Map<String, String> annotations) {
        for (String name : annotations.keySet()) {
            if (name.startsWith(PREFIX) && !name.equals(ANNOTATION)) {
                throw new InputException(
                        "there is no annotation `" + Printable.line(name) + "`", "write " + ANNOTATION + "=NAME");
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
     * Puts all policies in force on the cgroup of a container, or none of them.
     *
     * @return those that were not in force there before
     */
    static List<InstanceName> join(LoaderHost host, Changes changes, List<InstanceName> names, Cgroup cgroup) {
        List<InstanceName> joined = new ArrayList<>();
        try {
            for (InstanceName name : names) {
                changes.begin(name).with("cgroups", List.of(cgroup.toString()));
                Members.Change change = host.members().join(name, List.of(cgroup), false);
                changes.with("generation", change.generation()).done("joined");
                if (!change.changed().isEmpty()) {
                    joined.add(name);
                }
            }
            return joined;
        } catch (RuntimeException e) {
            undo(host, joined, cgroup, e);
            throw e;
        }
    }

    private static void undo(LoaderHost host, List<InstanceName> joined, Cgroup cgroup, RuntimeException cause) {
        for (InstanceName name : joined) {
            try {
                host.members().leave(name, List.of(cgroup));
            } catch (RuntimeException e) {
                cause.addSuppressed(e);
            }
        }
    }

    /** Forgets the cgroups of containers that have ended. */
    static void forget(LoaderHost host, List<InstanceName> names) {
        names.forEach(name -> host.members().dropRemoved(name));
    }
}
