// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.host.delegation.Delegation;
import org.ringwall.loader.cgroup.Ending;
import org.ringwall.loader.cgroup.TrialCgroup;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.sys.Fd;
import org.ringwall.sys.SyscallException;

/**
 * The cgroups of `run`. Each is locked from its creation for as long as its `run` lives, so that
 * other commands can find those whose `run` was killed. Unlike a process id in the name, a lock
 * works across pid namespaces.
 */
public final class RunCgroups {
    private static final String PREFIX = "ringwall-";
    private static final int ATTEMPTS = 20;

    private final LoaderHost host;

    public RunCgroups(LoaderHost host) {
        this.host = host;
    }

    /** A cgroup, the lock on it, and the end of its processes. */
    public record Locked(Cgroup cgroup, Fd lock, Ending ending) {}

    /** Returns whether this is the name of such a cgroup. */
    static boolean named(Path path) {
        return String.valueOf(path.getFileName()).startsWith(PREFIX + "run-");
    }

    /**
     * Creates a cgroup below the cgroup of this process. Another command may lock or remove it
     * before this one has locked it.
     */
    public Locked make(String tag) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            String name = PREFIX + tag + (attempt == 0 ? "" : "-" + attempt);
            Optional<Cgroup> made =
                    host.cgroups().createUnlessRemoved(host.cgroups().own(), name);
            Optional<Fd> lock = made.flatMap(this::locked);
            if (lock.isPresent()) {
                Cgroup cgroup = made.orElseThrow();
                return new Locked(cgroup, lock.get(), host.cgroups().ending(cgroup));
            }
        }
        throw new HostException(
                "each new cgroup is removed or locked at once", "find out which process removes or locks it");
    }

    private Optional<Fd> locked(Cgroup made) {
        try {
            Fd lock = host.host().openDirectory(made.path());
            boolean ours = false;
            try {
                ours = host.host().tryLock(lock) && host.cgroups().exists(made);
            } finally {
                if (!ours) {
                    lock.close();
                }
            }
            if (ours) {
                return Optional.of(lock);
            }
            host.cgroups().remove(made);
        } catch (CgroupException | SyscallException e) {
            // The cgroup was removed before it could be opened.
            return Optional.empty();
        }
        return Optional.empty();
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
        List<Cgroup> left = host.cgroups().find(path -> (named(path) || TrialCgroup.named(path)) && ours(path));
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

    private boolean removed(Cgroup cgroup) {
        try (Fd lock = host.host().openDirectory(cgroup.path())) {
            return host.host().tryLock(lock)
                    && !hasPrograms(cgroup)
                    && host.cgroups().removeIfEmpty(cgroup);
        } catch (CgroupException | SyscallException e) {
            // The cgroup is used again, or no longer exists.
            return false;
        }
    }

    /**
     * Returns whether programs may be attached to a cgroup: the pins of its policy may be in a
     * bpffs that this process does not see. Where the kernel does not say so, root keeps the
     * cgroup; a user without CAP_NET_ADMIN cannot find out.
     */
    private boolean hasPrograms(Cgroup cgroup) {
        return host.hasPrograms(cgroup).orElseGet(() -> Delegation.ownUid() == 0);
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
