// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import java.nio.file.Path;
import java.util.Optional;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.SyscallException;

/**
 * A cgroup for a trial of the kernel, below the cgroup of this process. It is locked while the
 * trial lasts, so that other commands find those whose trial was killed.
 */
public final class TrialCgroup implements AutoCloseable {
    private static final String PREFIX = "ringwall-trial-";
    private static final int ATTEMPTS = 20;

    private final Cgroups cgroups;
    private final Cgroup cgroup;
    private final Fd directory;

    private TrialCgroup(Cgroups cgroups, Cgroup cgroup, Fd directory) {
        this.cgroups = cgroups;
        this.cgroup = cgroup;
        this.directory = directory;
    }

    /** Returns whether this is the name of such a cgroup. */
    public static boolean named(Path path) {
        return String.valueOf(path.getFileName()).startsWith(PREFIX);
    }

    /**
     * Creates a cgroup below that of this process. Another command may lock or remove it before
     * this one has locked it.
     *
     * @throws CgroupException if it cannot be created
     */
    public static TrialCgroup make(Cgroups cgroups, Host host) {
        Cgroup own = cgroups.own();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            String name = PREFIX + ProcessHandle.current().pid() + "-" + System.nanoTime();
            Optional<Cgroup> made = cgroups.createUnlessRemoved(own, name);
            Optional<Fd> directory = made.flatMap(cgroup -> locked(cgroups, host, cgroup));
            if (directory.isPresent()) {
                return new TrialCgroup(cgroups, made.orElseThrow(), directory.get());
            }
        }
        throw new CgroupException("each new cgroup is removed at once", "find out which process removes it");
    }

    private static Optional<Fd> locked(Cgroups cgroups, Host host, Cgroup made) {
        Fd directory;
        try {
            directory = host.openDirectory(made.path());
        } catch (SyscallException e) {
            // Another process has removed it.
            return Optional.empty();
        }
        boolean ours = false;
        try {
            ours = host.tryLock(directory) && cgroups.exists(made);
        } finally {
            if (!ours) {
                directory.close();
            }
        }
        return ours ? Optional.of(directory) : Optional.empty();
    }

    public Cgroup cgroup() {
        return cgroup;
    }

    /** Returns its open directory, to which programs can be attached. */
    public Fd directory() {
        return directory;
    }

    /** Kills the processes in the cgroup, and removes it. */
    @Override
    public void close() {
        try (directory) {
            cgroups.end(cgroup);
            cgroups.remove(cgroup);
        }
    }
}
