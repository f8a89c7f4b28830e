package org.ringwall.loader.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
import java.util.stream.Collectors;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.Host;

/** The cgroup2 hierarchy as this process sees it. */
public final class Cgroups {
    private static final int ROUNDS = 500;
    private static final long PAUSE_MS = 10;

    /** What stands for bytes that are not UTF-8. */
    private static final char REPLACEMENT = '\ufffd';

    private final Mounts mounts;
    private final Path proc;
    private final Handles handles;
    private final Killer killer;

    /**
     * A view of the hierarchy.
     *
     * @param proc where `/proc` is
     * @param handles opens cgroups by their ids
     * @param killer ends one process
     */
    Cgroups(Mounts mounts, Path proc, Handles handles, Killer killer) {
        this.mounts = mounts;
        this.proc = proc;
        this.handles = handles;
        this.killer = killer;
    }

    /** The hierarchy of this machine. */
    public static Cgroups ofThisMachine(Host host) {
        Path proc = Path.of("/proc");
        Mounts mounts = Mounts.parse(read(proc.resolve("self/mountinfo")));
        Handles handles = new FileHandles(host, () -> mount(mounts).point(), proc);
        return new Cgroups(mounts, proc, handles, host::kill);
    }

    /** Ends one process by its id, provided that it is still the one meant once the id can no longer be another's. */
    @FunctionalInterface
    public interface Killer {
        void kill(long pid, BooleanSupplier meant);
    }

    /** Where the hierarchy is mounted; of several mounts the one that shows most of it. */
    public Mounts.Mount mount() {
        return mount(mounts);
    }

    private static Mounts.Mount mount(Mounts mounts) {
        return mounts.ofType("cgroup2").stream()
                .min(Comparator.comparingInt(mount -> mount.root().length()))
                .orElseThrow(() -> new CgroupException(
                        "no cgroup2 file system is mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup"));
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
        if (inHierarchy.indexOf(REPLACEMENT) >= 0) {
            throw new CgroupException(
                    "the cgroup `" + inHierarchy + "` has a name that is not UTF-8",
                    "name it by its id, which `ls -di` shows");
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
        if (cgroup.visible().isEmpty()) {
            return List.of(cgroup);
        }
        Path top = mounts.of(cgroup.path()).orElseGet(this::mount).point();
        List<Cgroup> chain = new ArrayList<>();
        for (Path path = cgroup.path(); path != null && path.startsWith(top); path = path.getParent()) {
            chain.add(existing(path));
        }
        return chain;
    }

    /** The cgroup with this id. */
    public Lookup<Cgroup> byId(long id) {
        return handles.open(id).map(open -> {
            try (open) {
                return new Cgroup(directory(open, id), id);
            }
        });
    }

    /**
     * Opens the directory of a cgroup, as the target of a link, by its id: its path may lead to another cgroup by now. Where ids
     * cannot be looked up the path is opened, and leads to that id or is refused.
     */
    public Fd open(Cgroup cgroup) {
        Lookup<Fd> opened = handles.open(cgroup.id());
        if (opened instanceof Lookup.Unknown<Fd> unknown) {
            return cgroup.visible()
                    .flatMap(path -> handles.open(path, cgroup.id()))
                    .orElseThrow(() -> new CgroupException(
                            "cannot open the cgroup `" + cgroup + "`: " + unknown.reason(),
                            "run as root in the initial user namespace"));
        }
        return opened.found()
                .orElseThrow(() -> new CgroupException(
                        "the cgroup `" + cgroup + "` was removed meanwhile", "make it, and try again"));
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

    /**
     * The directory of an open cgroup, if it lies below the mount: in a cgroup namespace all others are shown as `/`
     * ({@code prepend_path} in fs/d_path.c).
     */
    private Optional<Path> directory(Fd open, long id) {
        try {
            Path path = Files.readSymbolicLink(proc.resolve("self/fd/" + open.number()));
            boolean leads = path.startsWith(mount().point())
                    && ifExists(path).filter(cgroup -> cgroup.id() == id).isPresent();
            return leads ? Optional.of(path) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The processes in this cgroup and below. While others make and remove cgroups there, some may be missed. */
    public List<Long> processes(Cgroup cgroup) {
        List<Long> pids = new ArrayList<>();
        for (Path path : subtree(cgroup)) {
            linesOf(path.resolve("cgroup.procs")).stream().map(Long::valueOf).forEach(pids::add);
        }
        return pids;
    }

    /**
     * Whether a process lives in this cgroup or below, as the kernel counts them: also those that another pid namespace hides, and
     * whatever is made or removed meanwhile. False if the cgroup was removed.
     */
    public boolean populated(Cgroup cgroup) {
        Path file = cgroup.path().resolve("cgroup.events");
        try {
            return !Files.readAllLines(file).contains("populated 0");
        } catch (IOException e) {
            if (ifExists(cgroup.path()).filter(cgroup::equals).isEmpty()) {
                return false;
            }
            throw new CgroupException("cannot read `" + file + "`: " + e.getMessage(), "run as root");
        }
    }

    /**
     * Ends every process in this cgroup and below, until the kernel counts none. A kernel before 5.14 has no `cgroup.kill`; there
     * processes are ended one by one, again and again, since each may have had time to fork.
     */
    public void end(Cgroup cgroup) {
        Path killFile = cgroup.path().resolve("cgroup.kill");
        boolean whole = Files.exists(killFile);
        for (int round = 0; round < ROUNDS; round++) {
            if (!populated(cgroup)) {
                return;
            }
            if (whole) {
                write(killFile, "1");
            } else {
                // 0 is a process that our pid namespace does not show.
                processes(cgroup).stream()
                        .filter(pid -> pid > 1)
                        .forEach(pid -> killer.kill(pid, () -> processes(cgroup).contains(pid)));
            }
            pause();
        }
        throw new CgroupException(
                "processes in `" + cgroup + "` did not end: " + names(processes(cgroup)),
                "end them, then remove the cgroup");
    }

    /** Each process with its command name, as `1234 (sleep)`. */
    private String names(List<Long> pids) {
        return pids.isEmpty()
                ? "none that can be seen from here"
                : pids.stream().map(pid -> pid + name(pid)).collect(Collectors.joining(", "));
    }

    private String name(long pid) {
        return linesOf(proc.resolve(pid + "/comm")).stream()
                .findFirst()
                .map(name -> " (" + name.replaceAll("\\p{Cntrl}", "?") + ")")
                .orElse("");
    }

    /** Removes a cgroup without processes, and those below it; one that is gone already is no error. */
    public void remove(Cgroup cgroup) {
        String reason = "";
        for (int round = 0; round < ROUNDS; round++) {
            Optional<String> refused = removed(cgroup);
            if (refused.isEmpty()) {
                return;
            }
            // A process that has just ended may still hold its cgroup for a moment, which is EBUSY; or a cgroup was
            // made below.
            reason = refused.get();
            pause();
        }
        throw new CgroupException("cannot remove the cgroup `" + cgroup + "`: " + reason, "end the processes in it");
    }

    /** Removes a cgroup, and those below it, unless a process lives in one of them. Whether they are gone now. */
    public boolean removeIfEmpty(Cgroup cgroup) {
        return !populated(cgroup) && removed(cgroup).isEmpty();
    }

    /** Why the kernel refused to remove one of these; empty if they are gone. */
    private static Optional<String> removed(Cgroup cgroup) {
        List<Path> paths = subtree(cgroup);
        Optional<String> refused = Optional.empty();
        // Parents come before their children.
        for (int i = paths.size() - 1; i >= 0; i--) {
            try {
                Files.deleteIfExists(paths.get(i));
            } catch (IOException e) {
                refused = Optional.of(String.valueOf(e.getMessage()));
            }
        }
        return refused;
    }

    /**
     * The directories at and below a cgroup, parents before their children. Cgroups that others remove during the walk are left
     * out, and those that others make may be; none other is missed. {@code Files.walk} fails in both cases.
     */
    private static List<Path> subtree(Cgroup cgroup) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(cgroup.path())) {
            found.add(cgroup.path());
        }
        for (int next = 0; next < found.size(); next++) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(found.get(next))) {
                for (Path entry : entries) {
                    if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                        found.add(entry);
                    }
                }
            } catch (IOException | DirectoryIteratorException e) {
                // Removed meanwhile: what had been below it was removed before.
                continue;
            }
        }
        return found;
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
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CgroupException("cannot read `" + file + "`: " + e.getMessage(), "mount /proc");
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            if (!Files.exists(file)) {
                // The cgroup is gone, and with it its processes.
                return;
            }
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
