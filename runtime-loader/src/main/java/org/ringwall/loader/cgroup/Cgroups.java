package org.ringwall.loader.cgroup;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The cgroup2 hierarchy as this process sees it. */
public final class Cgroups {
    private static final int ROUNDS = 500;
    private static final long PAUSE_MS = 10;

    private final Mounts mounts;
    private final Path proc;
    private final Killer killer;

    /**
     * A view of the hierarchy.
     *
     * @param proc where `/proc` is
     * @param killer ends one process
     */
    public Cgroups(Mounts mounts, Path proc, Killer killer) {
        this.mounts = mounts;
        this.proc = proc;
        this.killer = killer;
    }

    /** The hierarchy of this machine. */
    public static Cgroups ofThisMachine(Killer killer) {
        Path proc = Path.of("/proc");
        return new Cgroups(Mounts.parse(read(proc.resolve("self/mountinfo"))), proc, killer);
    }

    /** Ends one process by its id, provided that it is still the one meant once the id can no longer be another's. */
    @FunctionalInterface
    public interface Killer {
        void kill(long pid, BooleanSupplier meant);
    }

    /** Where the hierarchy is mounted; of several mounts the one that shows most of it. */
    public Mounts.Mount mount() {
        return mounts.ofType("cgroup2").stream()
                .min(Comparator.comparingInt(mount -> mount.root().length()))
                .orElseThrow(() -> new CgroupException(
                        "no cgroup2 file system is mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup"));
    }

    /**
     * Whether all cgroups of the machine are in view: the root is mounted, and this process is in the first cgroup
     * namespace, whose inode number is fixed (PROC_CGROUP_INIT_INO in include/linux/proc_ns.h).
     */
    public boolean whole() {
        try {
            String namespace =
                    Files.readSymbolicLink(proc.resolve("self/ns/cgroup")).toString();
            return mount().root().equals("/") && namespace.equals("cgroup:[" + 0xEFFFFFFBL + "]");
        } catch (IOException e) {
            return false;
        }
    }

    /** The cgroup of this process. */
    public Cgroup own() {
        return of("self");
    }

    /** The cgroup of a process. */
    public Cgroup ofPid(long pid) {
        return of(Long.toString(pid));
    }

    private Cgroup of(String process) {
        Path file = proc.resolve(process).resolve("cgroup");
        if (!Files.exists(file)) {
            throw new CgroupException("there is no process " + process, "name a running process");
        }
        String line = read(file)
                .lines()
                .filter(entry -> entry.startsWith("0::"))
                .findFirst()
                .orElseThrow(() -> new CgroupException(
                        "process " + process + " is in no cgroup of version 2", "mount cgroup2 on this machine"));
        return existing(locate(line.substring("0::".length())));
    }

    /** The directory of a cgroup whose path is counted from the hierarchy's root, as `0::` lines count. */
    private Path locate(String inHierarchy) {
        Mounts.Mount mount = mount();
        if (inHierarchy.endsWith(" (deleted)")) {
            throw new CgroupException("the cgroup `" + inHierarchy + "` was removed", "name one that exists");
        }
        // A path that begins with `/..` lies above the root of our cgroup namespace (cgroup_path_ns).
        Path path = Path.of(inHierarchy);
        Path root = Path.of(mount.root());
        if (inHierarchy.startsWith("/..") || !path.startsWith(root)) {
            throw new CgroupException(
                    "the cgroup `" + inHierarchy + "` is outside what is mounted at `" + mount.point() + "`",
                    "run this where the whole cgroup2 hierarchy is mounted");
        }
        return mount.point().resolve(root.relativize(path).toString());
    }

    /** The cgroup whose directory is named. */
    public Cgroup at(Path named) {
        Path path;
        try {
            path = named.toRealPath();
        } catch (IOException e) {
            throw new CgroupException(
                    "there is no cgroup `" + named + "`", "cgroups are directories below `" + mount().point() + "`");
        }
        String type = mounts.of(path).map(Mounts.Mount::type).orElse("");
        if (type.equals("cgroup")) {
            throw new CgroupException(
                    "`" + named + "` is a cgroup of version 1, where programs cannot be attached",
                    "name its counterpart below `" + mount().point() + "`");
        }
        if (!type.equals("cgroup2")) {
            throw new CgroupException(
                    "`" + named + "` is not below a cgroup2 mount", "name a directory below `" + mount().point() + "`");
        }
        if (!Files.isDirectory(path)) {
            throw new CgroupException("`" + named + "` is a file of a cgroup", "name its directory");
        }
        return existing(path);
    }

    /** This cgroup and those above it, nearest first, as far as they are mounted. */
    public List<Cgroup> upwards(Cgroup cgroup) {
        Path top = mounts.of(cgroup.path()).orElseGet(this::mount).point();
        List<Cgroup> chain = new ArrayList<>();
        for (Path path = cgroup.path(); path != null && path.startsWith(top); path = path.getParent()) {
            chain.add(existing(path));
        }
        return chain;
    }

    /** The cgroup with this id, by a walk through the hierarchy. */
    public Optional<Cgroup> byId(long id) {
        try (Stream<Path> all = Files.walk(mount().point())) {
            return all.filter(Files::isDirectory)
                    .map(Cgroups::ifExists)
                    .flatMap(Optional::stream)
                    .filter(cgroup -> cgroup.id() == id)
                    .findFirst();
        } catch (IOException | java.io.UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /** Whether this very cgroup still exists. */
    public boolean exists(Cgroup cgroup) {
        return ifExists(cgroup.path()).equals(Optional.of(cgroup));
    }

    /** The cgroups whose directories are asked for; those that come or go meanwhile may be missing. */
    public List<Cgroup> find(Predicate<Path> wanted) {
        List<Cgroup> found = new ArrayList<>();
        Deque<Path> open = new ArrayDeque<>(List.of(mount().point()));
        while (!open.isEmpty()) {
            Path folder = open.remove();
            try (DirectoryStream<Path> entries =
                    Files.newDirectoryStream(folder, path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
                entries.forEach(open::add);
            } catch (IOException | DirectoryIteratorException e) {
                // It was removed, and what was below it before.
                continue;
            }
            if (wanted.test(folder)) {
                ifExists(folder).ifPresent(found::add);
            }
        }
        return found;
    }

    /** Makes a cgroup. */
    public Cgroup create(Cgroup parent, String name) {
        Path path = parent.path().resolve(name);
        try {
            Files.createDirectory(path);
        } catch (FileAlreadyExistsException e) {
            throw new CgroupException("the cgroup `" + path + "` is there already", "choose another name");
        } catch (IOException e) {
            throw new CgroupException(
                    "cannot make the cgroup `" + path + "`: " + e.getMessage(),
                    "run as root, or where the cgroup is delegated to you");
        }
        return existing(path);
    }

    /** The processes in this cgroup and below. */
    public List<Long> processes(Cgroup cgroup) {
        List<Long> pids = new ArrayList<>();
        for (Path path : subtree(cgroup)) {
            linesOf(path.resolve("cgroup.procs")).stream().map(Long::valueOf).forEach(pids::add);
        }
        return pids;
    }

    /**
     * Ends every process in this cgroup and below. A kernel before 5.14 has no `cgroup.kill`; there processes are ended
     * one by one, again and again, since each may have had time to fork.
     */
    public void end(Cgroup cgroup) {
        Path killFile = cgroup.path().resolve("cgroup.kill");
        boolean whole = Files.exists(killFile);
        for (int round = 0; round < ROUNDS; round++) {
            List<Long> left = processes(cgroup);
            if (left.isEmpty()) {
                return;
            }
            if (whole) {
                write(killFile, "1");
            } else {
                // 0 is a process that our pid namespace does not show.
                left.stream()
                        .filter(pid -> pid > 1)
                        .forEach(pid -> killer.kill(pid, () -> processes(cgroup).contains(pid)));
            }
            pause();
        }
        throw new CgroupException(
                "processes in `" + cgroup + "` did not end: " + processes(cgroup), "end them, then remove the cgroup");
    }

    /** Removes a cgroup without processes, and those below it; one that is gone already is no error. */
    public void remove(Cgroup cgroup) {
        List<Path> paths = new ArrayList<>(subtree(cgroup));
        paths.sort(Comparator.comparingInt(Path::getNameCount).reversed());
        for (Path path : paths) {
            removeOne(path);
        }
    }

    /** A process that has just ended may still hold its cgroup for a moment, which is EBUSY. */
    private static void removeOne(Path path) {
        String reason = "";
        for (int round = 0; round < ROUNDS; round++) {
            try {
                Files.deleteIfExists(path);
                return;
            } catch (IOException e) {
                reason = String.valueOf(e.getMessage());
                pause();
            }
        }
        throw new CgroupException("cannot remove the cgroup `" + path + "`: " + reason, "end the processes in it");
    }

    private static List<Path> subtree(Cgroup cgroup) {
        if (!Files.isDirectory(cgroup.path())) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(cgroup.path())) {
            return all.filter(Files::isDirectory).toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            // A cgroup below ended during the walk; the caller asks again.
            return List.of(cgroup.path());
        }
    }

    private static Cgroup existing(Path path) {
        return ifExists(path)
                .orElseThrow(() -> new CgroupException("there is no cgroup `" + path + "`", "make it first"));
    }

    private static Optional<Cgroup> ifExists(Path path) {
        try {
            Object inode = Files.getAttribute(path, "unix:ino");
            return inode instanceof Long id ? Optional.of(new Cgroup(path, id)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static List<String> linesOf(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            // The cgroup is gone, and with it its processes.
            return List.of();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new CgroupException("cannot read `" + file + "`: " + e.getMessage(), "mount /proc");
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new CgroupException("cannot write `" + file + "`: " + e.getMessage(), "run as root");
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
