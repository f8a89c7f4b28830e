// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Cgroups;
import org.ringwall.loader.model.Lookup;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.IoReason;
import org.ringwall.sys.Mounts;

/** The hierarchy by `/proc`, file handles and a walk. */
public final class KernelCgroups implements Cgroups, CgroupView {
    private static final int ROUNDS = 500;
    private static final int ATTEMPTS = 20;
    private static final long PAUSE_MS = 10;

    /** The character by which decoding replaces bytes that are not UTF-8. */
    private static final char REPLACEMENT = '\ufffd';

    private final Mounts mounts;
    private final Path proc;
    private final Handles handles;
    private final Killer killer;
    private final boolean searching;
    private Optional<Mounts.Mount> mount = Optional.empty();

    /**
     * Creates a view of the hierarchy.
     *
     * @param proc the mount point of proc, usually `/proc`
     * @param handles opens cgroups by their ids
     * @param killer kills one process
     */
    KernelCgroups(Mounts mounts, Path proc, Handles handles, Killer killer) {
        this(mounts, proc, handles, killer, false);
    }

    private KernelCgroups(Mounts mounts, Path proc, Handles handles, Killer killer, boolean searching) {
        this.searching = searching;
        this.mounts = mounts;
        this.proc = proc;
        this.handles = handles;
        this.killer = killer;
    }

    /** Returns the hierarchy of this machine. */
    public static KernelCgroups ofThisMachine(Host host) {
        Path proc = Path.of("/proc");
        Mounts mounts = Mounts.parse(read(proc.resolve("self/mountinfo")));
        Handles handles = new FileHandles(host, () -> shown(mounts).point(), proc);
        return new KernelCgroups(mounts, proc, handles, host::kill);
    }

    /**
     * Returns the same hierarchy for a user who may not open cgroups by their ids. Those that are
     * visible are found by a walk.
     */
    public KernelCgroups searching() {
        return new KernelCgroups(mounts, proc, handles, killer, true);
    }

    /**
     * Kills a process by its id if {@code meant} confirms it after the id can no longer become
     * another process's.
     */
    @FunctionalInterface
    public interface Killer {
        void kill(long pid, BooleanSupplier meant);
    }

    @Override
    public Path mount() {
        return shown().point();
    }

    private synchronized Mounts.Mount shown() {
        mount = mount.or(() -> Optional.of(shown(mounts)));
        return mount.get();
    }

    private static Mounts.Mount shown(Mounts mounts) {
        return mounts.ofType("cgroup2").stream()
                .min((one, other) ->
                        Integer.compare(one.root().length(), other.root().length()))
                .orElseThrow(() -> new CgroupException(
                        "no cgroup2 file system is mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup"));
    }

    @Override
    public Cgroup own() {
        return of("self");
    }

    @Override
    public Cgroup ofPid(long pid) {
        return of(Long.toString(pid));
    }

    @Override
    public Map<Cgroup, List<Long>> ofThreads(long pid) {
        Map<Cgroup, List<Long>> found = new LinkedHashMap<>();
        try (DirectoryStream<Path> tasks =
                Files.newDirectoryStream(proc.resolve(Long.toString(pid)).resolve("task"))) {
            for (Path task : tasks) {
                try {
                    found.computeIfAbsent(of(proc.relativize(task).toString()), any -> new ArrayList<>())
                            .add(Long.valueOf(task.getFileName().toString()));
                } catch (CgroupException e) {
                    if (Files.exists(task)) {
                        throw e;
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return found;
        }
        return found;
    }

    /**
     * Returns the processes with a thread in this threaded cgroup, whose `cgroup.procs` cannot be
     * read; empty if it is not threaded.
     */
    private List<Long> processesOfThreads(Path cgroup) {
        if (!linesOf(cgroup.resolve("cgroup.type")).equals(List.of("threaded"))) {
            return List.of();
        }
        return linesOf(cgroup.resolve("cgroup.threads")).stream()
                .flatMap(thread -> linesOf(proc.resolve(thread).resolve("status")).stream())
                .filter(line -> line.startsWith("Tgid:"))
                .map(line -> Long.valueOf(line.substring("Tgid:".length()).strip()))
                .distinct()
                .toList();
    }

    private Cgroup of(String process) {
        Path file = proc.resolve(process).resolve("cgroup");
        if (!Files.exists(file)) {
            throw new CgroupException("there is no process " + process, "write the id of a running process");
        }
        String line = read(file)
                .lines()
                .filter(entry -> entry.startsWith("0::"))
                .findFirst()
                .orElseThrow(() -> new CgroupException(
                        "process " + process + " is not in a cgroup of version 2", "mount cgroup2 on this machine"));
        return existing(locate(line.substring("0::".length())));
    }

    @Override
    public boolean isTop(Cgroup cgroup) {
        return ifExists(mount()).filter(top -> top.id() == cgroup.id()).isPresent();
    }

    /**
     * Returns the directory of a cgroup whose path is relative to the hierarchy's root, as in `0::`
     * lines.
     */
    private Path locate(String inHierarchy) {
        Mounts.Mount mount = shown();
        if (inHierarchy.endsWith(" (deleted)")) {
            throw new CgroupException("the cgroup `" + inHierarchy + "` was removed", "name an existing cgroup");
        }
        if (inHierarchy.indexOf(REPLACEMENT) >= 0) {
            throw new CgroupException(
                    "the cgroup `" + inHierarchy + "` has a name that is not UTF-8",
                    "name it by its id, which `ls -di` shows");
        }
        // A path that begins with `/..` is above the root of our cgroup namespace (cgroup_path_ns).
        Path path = path(inHierarchy);
        Path root = Path.of(mount.root());
        if (inHierarchy.startsWith("/..") || !path.startsWith(root)) {
            throw new CgroupException(
                    "the cgroup `" + inHierarchy + "` is outside the hierarchy mounted at `" + mount.point() + "`",
                    "run this where the whole cgroup2 hierarchy is mounted");
        }
        return mount.point().resolve(root.relativize(path).toString());
    }

    @Override
    public Optional<Cgroup> fromRoot(Path relative) {
        return mounts.ofType("cgroup2").stream()
                .sorted(Comparator.comparingInt(KernelCgroups::depth))
                .map(each -> each.point().resolve(relative))
                .filter(Files::isDirectory)
                .findFirst()
                .map(this::at);
    }

    /**
     * Returns how far the root of a mount is below that of this cgroup namespace; a negative number
     * for one above, which the kernel shows as {@code /..} (cgroup_show_path).
     */
    private static int depth(Mounts.Mount mount) {
        int depth = 0;
        for (Path name : Path.of(mount.root())) {
            depth += name.toString().equals("..") ? -1 : 1;
        }
        return depth;
    }

    private static Path path(String inHierarchy) {
        try {
            return Path.of(inHierarchy);
        } catch (InvalidPathException e) {
            throw new CgroupException(
                    "the cgroup `" + inHierarchy + "` has a name that Java cannot write in this locale",
                    "set LC_ALL=C.UTF-8 in the environment");
        }
    }

    @Override
    public Cgroup at(Path named) {
        Path path;
        try {
            path = named.toRealPath();
        } catch (IOException e) {
            throw missing(named);
        }
        String type = mounts.of(path).map(Mounts.Mount::type).orElse("");
        if (type.equals("cgroup")) {
            throw new CgroupException(
                    "`" + named + "` is a cgroup of version 1, where programs cannot be attached",
                    "name its counterpart below `" + mount() + "`");
        }
        if (!type.equals("cgroup2")) {
            throw new CgroupException(
                    "`" + named + "` is not below a cgroup2 mount", "name a directory below `" + mount() + "`");
        }
        if (!Files.isDirectory(path)) {
            throw new CgroupException("`" + named + "` is a file of a cgroup", "name its directory");
        }
        return existing(path);
    }

    @Override
    public Optional<Cgroup> ifStillThere(Path found) {
        return ifExists(found);
    }

    private CgroupException missing(Path named) {
        Path top = mount();
        // A relative path is meant from the working directory, and often written from the mount.
        Path below = top.resolve(named).normalize();
        boolean meant = !named.isAbsolute() && below.startsWith(top) && Files.isDirectory(below);
        return new CgroupException(
                "there is no cgroup `" + named + "`",
                meant ? "did you mean `" + below + "`?" : "write the path of a directory below `" + top + "`");
    }

    @Override
    public List<Cgroup> upwards(Cgroup cgroup) {
        if (cgroup.visible().isEmpty()) {
            return List.of(cgroup);
        }
        Path top = mounts.of(cgroup.path()).orElseGet(this::shown).point();
        List<Cgroup> chain = new ArrayList<>();
        for (Path path = cgroup.path(); path != null && path.startsWith(top); path = path.getParent()) {
            chain.add(existing(path));
        }
        return chain;
    }

    @Override
    public Lookup<Cgroup> byId(long id) {
        Lookup<Cgroup> found = handles.open(id).map(open -> {
            try (open) {
                return new Cgroup(directory(open, id), id);
            }
        });
        if (!searching || !(found instanceof Lookup.Unknown<Cgroup>)) {
            return found;
        }
        return find(path -> true).stream()
                .filter(cgroup -> cgroup.id() == id)
                .findFirst()
                .<Lookup<Cgroup>>map(Lookup.Present::new)
                .orElse(found);
    }

    @Override
    public boolean isGone(long id) {
        Lookup<Fd> found = handles.open(id);
        found.found().ifPresent(Fd::close);
        return found instanceof Lookup.Gone<Fd>;
    }

    @Override
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
                        "the cgroup `" + cgroup + "` has been removed", "create it, then try again"));
    }

    /** Returns whether exactly this cgroup still exists. */
    public boolean exists(Cgroup cgroup) {
        return ifExists(cgroup.path()).equals(Optional.of(cgroup));
    }

    @Override
    public List<Cgroup> find(Predicate<Path> wanted) {
        List<Cgroup> found = new ArrayList<>();
        Deque<Path> open = new ArrayDeque<>(List.of(mount()));
        while (!open.isEmpty()) {
            Path folder = open.remove();
            try (DirectoryStream<Path> entries =
                    Files.newDirectoryStream(folder, path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
                entries.forEach(open::add);
            } catch (IOException | DirectoryIteratorException e) {
                // The cgroup was removed, and its descendants before it.
                continue;
            }
            if (wanted.test(folder)) {
                ifExists(folder).ifPresent(found::add);
            }
        }
        return found;
    }

    /** Creates a cgroup. */
    public Cgroup create(Cgroup parent, String name) {
        return createUnlessRemoved(parent, name)
                .orElseThrow(() -> new CgroupException(
                        "the cgroup `" + parent.path().resolve(name) + "` was removed as soon as it was created",
                        "find out which process removes it"));
    }

    /** Creates a cgroup. Returns empty if another process has removed it at once. */
    public Optional<Cgroup> createUnlessRemoved(Cgroup parent, String name) {
        Path path = parent.path().resolve(name);
        try {
            Files.createDirectory(path);
        } catch (FileAlreadyExistsException e) {
            throw new CgroupException("the cgroup `" + path + "` already exists", "choose another name");
        } catch (IOException e) {
            throw new CgroupException(
                    "cannot create the cgroup `" + path + "`: " + IoReason.of(e),
                    "run as root, or in a cgroup that is delegated to you");
        }
        return ifExists(path);
    }

    /**
     * Returns the directory of an open cgroup if it is below the mount. In a cgroup namespace all
     * others are shown as `/` ({@code prepend_path} in fs/d_path.c).
     */
    private Optional<Path> directory(Fd open, long id) {
        try {
            Path path = Files.readSymbolicLink(proc.resolve("self/fd/" + open.number()));
            boolean leads = path.startsWith(mount())
                    && ifExists(path).filter(cgroup -> cgroup.id() == id).isPresent();
            return leads ? Optional.of(path) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<Long> processes(Cgroup cgroup) {
        List<Long> pids = new ArrayList<>();
        for (Path path : Subtree.of(cgroup)) {
            linesOf(path.resolve("cgroup.procs")).stream().map(Long::valueOf).forEach(pids::add);
            processesOfThreads(path).stream().filter(pid -> !pids.contains(pid)).forEach(pids::add);
        }
        return pids;
    }

    /**
     * Returns this cgroup and those below it. Some may be missing while others create and remove
     * cgroups there.
     */
    public List<Cgroup> withDescendants(Cgroup cgroup) {
        return Subtree.of(cgroup).stream()
                .flatMap(path -> ifExists(path).stream())
                .toList();
    }

    /**
     * Returns whether the kernel counts a process in this cgroup or below. That includes processes
     * of other pid namespaces, and does not depend on concurrent changes. False if the cgroup was
     * removed.
     */
    public boolean populated(Cgroup cgroup) {
        Path file = cgroup.path().resolve("cgroup.events");
        try {
            return !Files.readAllLines(file).contains("populated 0");
        } catch (IOException e) {
            if (ifExists(cgroup.path()).filter(cgroup::equals).isEmpty()) {
                return false;
            }
            throw new CgroupException("cannot read `" + file + "`: " + IoReason.of(e), IoReason.help(e, "run as root"));
        }
    }

    /** Kills every process in this cgroup and below, as {@link Ending#end} does. */
    public void end(Cgroup cgroup) {
        try (Ending ending = new Ending(this, cgroup)) {
            ending.end();
        }
    }

    /** Kills the processes that are visible in this cgroup and below, once. */
    void killEach(Cgroup cgroup) {
        for (Path path : Subtree.of(cgroup)) {
            // The processes of a threaded cgroup are listed in that file alone.
            for (String line : linesOf(path.resolve("cgroup.threads"))) {
                long thread = Long.parseLong(line);
                long process = process(thread);
                // 0 is a process that is not visible in our pid namespace.
                if (process > 1) {
                    killer.kill(
                            process,
                            () -> linesOf(path.resolve("cgroup.threads")).contains(line) && process(thread) == process);
                }
            }
        }
    }

    /** Returns the process of a thread; 0 if it has ended. */
    private long process(long thread) {
        return linesOf(proc.resolve(thread + "/status")).stream()
                .filter(line -> line.startsWith("Tgid:"))
                .mapToLong(
                        line -> Long.parseLong(line.substring("Tgid:".length()).strip()))
                .findFirst()
                .orElse(0);
    }

    CgroupException remaining(Cgroup cgroup) {
        return new CgroupException(
                "processes in `" + cgroup + "` did not end: " + names(processes(cgroup)),
                "end them, then remove the cgroup");
    }

    /** Returns each process with its command name, as `1234 (sleep)`. */
    private String names(List<Long> pids) {
        return pids.isEmpty()
                ? "none that is visible from here"
                : pids.stream().map(pid -> pid + name(pid)).collect(Collectors.joining(", "));
    }

    private String name(long pid) {
        return linesOf(proc.resolve(pid + "/comm")).stream()
                .findFirst()
                .map(name -> " (" + name.replaceAll("\\p{Cntrl}", "?") + ")")
                .orElse("");
    }

    /**
     * Removes a cgroup without processes, and its descendants; does nothing if it does not exist.
     */
    public void remove(Cgroup cgroup) {
        String reason = "";
        for (int round = 0; round < ROUNDS; round++) {
            Optional<String> refused = removed(cgroup);
            if (refused.isEmpty()) {
                return;
            }
            // EBUSY: a process that has just ended may hold its cgroup for a moment, or a
            // descendant was created.
            reason = refused.get();
            pause();
        }
        throw new CgroupException("cannot remove the cgroup `" + cgroup + "`: " + reason, "end the processes in it");
    }

    @Override
    public ClaimedCgroup claim(String name) {
        Cgroup own = own();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Cgroup> made = createUnlessRemoved(own, attempt == 0 ? name : name + "-" + attempt);
            Optional<Fd> lock = made.flatMap(this::locked);
            if (lock.isPresent()) {
                return new ClaimedCgroup(this, made.orElseThrow(), lock.get());
            }
            // Another process has locked it to remove it, or has removed it.
            made.ifPresent(KernelCgroups::removed);
        }
        throw new CgroupException(
                "each new cgroup is removed or locked at once", "find out which process removes or locks it");
    }

    /** Locks a cgroup; empty if another process has locked it, or it does not exist. */
    private Optional<Fd> locked(Cgroup cgroup) {
        Optional<Fd> directory = handles.open(cgroup.path(), cgroup.id());
        boolean ours = false;
        try {
            // It may have been removed before it was locked.
            ours = directory.filter(handles::tryLock).isPresent() && exists(cgroup);
        } finally {
            if (!ours) {
                directory.ifPresent(Fd::close);
            }
        }
        return ours ? directory : Optional.empty();
    }

    @Override
    public boolean removeUnclaimed(Cgroup cgroup) {
        Optional<Fd> lock = locked(cgroup);
        try {
            return lock.isPresent() && !populated(cgroup) && removed(cgroup).isEmpty();
        } finally {
            lock.ifPresent(Fd::close);
        }
    }

    /**
     * Removes these cgroups. Returns why the kernel refused to remove one of them; empty if they
     * are removed.
     */
    private static Optional<String> removed(Cgroup cgroup) {
        List<Path> paths = Subtree.of(cgroup);
        Optional<String> refused = Optional.empty();
        // In reverse order, since parents precede their children.
        for (int i = paths.size() - 1; i >= 0; i--) {
            try {
                Files.deleteIfExists(paths.get(i));
            } catch (IOException e) {
                refused = Optional.of(IoReason.of(e));
            }
        }
        return refused;
    }

    private static Cgroup existing(Path path) {
        return ifExists(path)
                .orElseThrow(() -> new CgroupException("there is no cgroup `" + path + "`", "create it first"));
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
            // The cgroup or the process no longer exists.
            return List.of();
        }
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CgroupException("cannot read `" + file + "`: " + IoReason.of(e), "mount /proc");
        }
    }

    static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
