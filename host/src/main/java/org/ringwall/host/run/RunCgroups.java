// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.host.delegation.Delegation;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.LoaderException;
import org.ringwall.sys.SyscallException;

/** The cgroups of `run`, each of which its `run` claims for as long as it lives. */
public final class RunCgroups {
    private static final String PREFIX = "ringwall-";

    private final LoaderHost host;

    public RunCgroups(LoaderHost host) {
        this.host = host;
    }

    /** Returns whether this is the name of such a cgroup. */
    static boolean named(Path path) {
        return String.valueOf(path.getFileName()).startsWith(PREFIX + "run-");
    }

    /** Creates a cgroup below the cgroup of this process. */
    public Cgroups.Claimed make(String tag) {
        return host.cgroups().claim(PREFIX + tag);
    }

    /**
     * Removes cgroups left by a killed `run`, or by a killed trial of the kernel, in which there is
     * no process and no policy is in force, whether its pins are visible here or not. Returns a
     * line for each.
     *
     * <p>If a process appears meanwhile, the kernel refuses to remove the cgroup.
     */
    public List<String> removeAbandoned() {
        List<String> done = new ArrayList<>();
        List<Cgroup> left = host.cgroups().find(path -> (named(path) || ofTrial(path)) && ours(path));
        if (left.isEmpty()) {
            return done;
        }
        Set<String> used = host.status().stream()
                .flatMap(instance -> instance.places().stream())
                .map(InstanceStatus.At::cgroup)
                .collect(Collectors.toSet());
        for (Cgroup cgroup : left) {
            if (!used.contains(cgroup.toString()) && removed(cgroup)) {
                done.add("`" + cgroup + "` was left by an interrupted " + (named(cgroup.path()) ? "run" : "command")
                        + ": removed");
            }
        }
        return done;
    }

    private static boolean ofTrial(Path path) {
        return String.valueOf(path.getFileName()).startsWith(Cgroups.TRIALS);
    }

    /**
     * Removes a cgroup to which nothing is attached. Where the kernel does not say so, root keeps
     * the cgroup; a user without CAP_NET_ADMIN cannot find out.
     */
    private boolean removed(Cgroup cgroup) {
        try {
            boolean attached = host.hasPrograms(cgroup).orElse(Delegation.ownUid() == 0);
            return !attached && host.cgroups().removeUnclaimed(cgroup);
        } catch (LoaderException | SyscallException e) {
            // The cgroup is used again, or no longer exists.
            return false;
        }
    }

    private static boolean ours(Path path) {
        try {
            Object owner = Files.getAttribute(path, "unix:uid");
            return owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            return false;
        }
    }
}
