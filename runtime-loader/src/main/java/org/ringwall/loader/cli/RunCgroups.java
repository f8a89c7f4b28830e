package org.ringwall.loader.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.loader.apply.HostException;
import org.ringwall.loader.apply.InstanceStatus;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.cgroup.CgroupException;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.SyscallException;

/**
 * The cgroups that `run` makes. Each is locked from its first moment for as long as its `run` lives, so that another command can
 * find those whose `run` was killed. A lock shows that in every pid namespace, which a process id in the name would not.
 */
final class RunCgroups {
    private static final String PREFIX = "ringwall-";
    private static final int ATTEMPTS = 20;

    private final LoaderHost host;

    RunCgroups(LoaderHost host) {
        this.host = host;
    }

    /** A cgroup and the lock on it. */
    record Locked(Cgroup cgroup, Fd lock) {}

    /** Whether this is the name of such a cgroup. */
    static boolean named(Path path) {
        return String.valueOf(path.getFileName()).startsWith(PREFIX + "run-");
    }

    /** Makes one below the cgroup of this process. Another command may lock or remove it before this one has locked it. */
    Locked make(String tag) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Cgroup made =
                    host.cgroups().create(host.cgroups().own(), PREFIX + tag + (attempt == 0 ? "" : "-" + attempt));
            Optional<Fd> lock = locked(made);
            if (lock.isPresent()) {
                return new Locked(made, lock.get());
            }
        }
        throw new HostException("each new cgroup vanishes or is locked at once", "find out who removes or locks it");
    }

    private Optional<Fd> locked(Cgroup made) {
        try {
            Fd lock = host.host().openDirectory(made.path());
            if (host.host().tryLock(lock) && host.cgroups().exists(made)) {
                return Optional.of(lock);
            }
            lock.close();
            host.cgroups().remove(made);
        } catch (CgroupException | SyscallException e) {
            // It was removed before it could be opened.
            return Optional.empty();
        }
        return Optional.empty();
    }

    /**
     * Removes those that a killed `run` left and in which nothing runs and no policy is in force; a line for each.
     *
     * <p>One in which a process appears meanwhile cannot be removed: the kernel refuses it.
     */
    List<String> removeAbandoned() {
        List<String> done = new ArrayList<>();
        List<Cgroup> left = host.cgroups().find(path -> named(path) && ours(path));
        if (left.isEmpty()) {
            return done;
        }
        Set<String> used = host.status().all().stream()
                .flatMap(instance -> instance.places().stream())
                .map(InstanceStatus.At::cgroup)
                .collect(Collectors.toSet());
        for (Cgroup cgroup : left) {
            if (!used.contains(cgroup.toString()) && removed(cgroup)) {
                done.add("`" + cgroup + "` was left by a run: removed");
            }
        }
        return done;
    }

    private boolean removed(Cgroup cgroup) {
        try (Fd lock = host.host().openDirectory(cgroup.path())) {
            return host.host().tryLock(lock) && host.cgroups().removeIfEmpty(cgroup);
        } catch (CgroupException | SyscallException e) {
            // It is used again, or gone.
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
