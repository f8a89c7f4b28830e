// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Cgroups;

/**
 * A check that a cgroup has the first process of a container and no other. The id of that process
 * may be of another pid namespace than this process is in.
 */
final class FirstProcess {
    private static final String NAMESPACES = "NSpid:";
    private static final String HELP = "give the container a cgroup of its own";

    private FirstProcess() {}

    /**
     * Checks the processes of a cgroup.
     *
     * @param pid the first process of the container, in the pid namespace of its runtime
     * @throws CgroupException if another process is there, or not this one
     */
    static void check(Cgroups cgroups, Cgroup cgroup, long pid) {
        // A process that has no id in this pid namespace is 0.
        List<Long> processes = cgroups.processes(cgroup);
        Set<Long> visible = new TreeSet<>(processes);
        visible.remove(0L);
        if (processes.isEmpty()) {
            throw new CgroupException("the cgroup `" + cgroup + "` of the container has no process", HELP);
        }
        if (processes.size() > 1) {
            throw new CgroupException(
                    "the cgroup `" + cgroup + "` of the container has " + processes.size() + " processes", HELP);
        }
        if (visible.stream().anyMatch(process -> !ids(process).contains(pid))) {
            throw new CgroupException(
                    "the process in the cgroup `" + cgroup + "` is not " + pid + ", the container's", HELP);
        }
    }

    /** Returns the ids of a process in this pid namespace and those below it. */
    private static List<Long> ids(long process) {
        try {
            return Files.readAllLines(Path.of("/proc/" + process + "/status")).stream()
                    .filter(line -> line.startsWith(NAMESPACES))
                    .flatMap(line -> Arrays.stream(
                            line.substring(NAMESPACES.length()).strip().split("\\s+")))
                    .map(Long::valueOf)
                    .toList();
        } catch (IOException e) {
            // It has ended.
            return List.of();
        }
    }
}
