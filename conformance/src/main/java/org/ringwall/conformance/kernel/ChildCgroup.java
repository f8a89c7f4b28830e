package org.ringwall.conformance.kernel;

import java.nio.file.Files;
import java.nio.file.Path;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.loader.cgroup.Cgroups;
import org.ringwall.loader.sys.Host;
import org.ringwall.loader.sys.Syscalls;

/** A cgroup made for one test below the test's own, removed with {@link #close}. */
public final class ChildCgroup implements AutoCloseable {
    private final Cgroups cgroups;
    private final Cgroup cgroup;

    private ChildCgroup(Cgroups cgroups, Cgroup cgroup) {
        this.cgroups = cgroups;
        this.cgroup = cgroup;
    }

    /** Makes one whose name begins with `ringwall-test-`. */
    public static ChildCgroup make() {
        Cgroups cgroups = cgroups();
        return below(cgroups, cgroups.own());
    }

    /** The id of the test's own cgroup. */
    public static long homeId() {
        return cgroups().own().id();
    }

    /** The directory of the test's own cgroup. */
    static Path home() {
        return cgroups().own().path();
    }

    private static Cgroups cgroups() {
        return Cgroups.ofThisMachine(new Host(Syscalls.ofThisMachine()));
    }

    /** Makes one inside this one, to be closed before it. */
    public ChildCgroup child() {
        return below(cgroups, cgroup);
    }

    private static ChildCgroup below(Cgroups cgroups, Cgroup parent) {
        String name = "ringwall-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        return new ChildCgroup(cgroups, cgroups.create(parent, name));
    }

    /** Its directory. */
    public Path path() {
        return cgroup.path();
    }

    /** Returns its level of the hierarchy, 1 just below the root, which is the only cgroup without events. */
    public int level() {
        int level = 0;
        for (Path at = path(); at != null && Files.exists(at.resolve("cgroup.events")); at = at.getParent()) {
            level++;
        }
        return level;
    }

    /** The loader's name for it. */
    public Cgroup cgroup() {
        return cgroup;
    }

    @Override
    public void close() {
        cgroups.end(cgroup);
        cgroups.remove(cgroup);
    }
}
