// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.delegation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.api.Loader;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Call;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.IoReason;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;

/** Root's part of a delegation: creates and removes it. Both operations are idempotent. */
public final class Preparation {
    private static final int AT_FDCWD = -100;
    private static final int SET_STRING = 1;
    private static final int CREATE = 6;
    private static final int FSMOUNT_CLOEXEC = 1;

    /** MOUNT_ATTR_NOSUID, NODEV and NOEXEC of include/uapi/linux/mount.h. */
    private static final int MOUNT_ATTRIBUTES = 2 | 4 | 8;

    private static final int EMPTY_PATH = 4;
    private static final int MS_BIND = 4096;
    private static final int MNT_DETACH = 2;

    /** The files of a cgroup that its owner writes, the same as with systemd's `Delegate=`. */
    private static final List<String> FILES = List.of("", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control");

    private final Syscalls syscalls;
    private final Host host;
    private final User user;
    private final Delegation delegation;

    /** A user by number, with the number of the primary group. */
    public record User(long uid, long gid) {}

    public Preparation(Syscalls syscalls, Host host, User user) {
        this(syscalls, host, user, Delegation.ALL);
    }

    Preparation(Syscalls syscalls, Host host, User user, Path all) {
        this.syscalls = syscalls;
        this.host = host;
        this.user = user;
        this.delegation = new Delegation(all, user.uid());
    }

    /**
     * Creates the parts that do not exist yet. Returns a line for each change.
     *
     * @param cgroup the cgroup to give to the user; empty if systemd or another manager does that
     */
    public List<String> prepare(Optional<Cgroup> cgroup) {
        List<String> done = new ArrayList<>();
        if (!delegation.exists()) {
            removeMounts();
            makeMounts();
            done.add("`" + delegation.bpffs() + "` delegates maps and programs of cgroup hooks");
        }
        cgroup.filter(wanted -> changeOwner(wanted, user.uid(), user.gid())).ifPresent(given -> {
            write(delegation.cgroup(), given.id() + " " + given.path());
            done.add("`" + given + "` belongs to uid " + user.uid());
        });
        return done;
    }

    /** Removes the delegation. The user's policies end, because their pins are removed. */
    public List<String> remove() {
        List<String> done = new ArrayList<>();
        givenCgroup().ifPresent(given -> {
            if (changeOwner(given, 0, 0)) {
                done.add("`" + given + "` belongs to root again");
            }
        });
        boolean existed = Files.exists(delegation.folder(), LinkOption.NOFOLLOW_LINKS);
        removeMounts();
        if (existed) {
            done.add("`" + delegation.folder() + "` was removed");
        }
        return done;
    }

    /** Returns the cgroup that was given to the user, if it still exists. */
    private Optional<Cgroup> givenCgroup() {
        try {
            String[] words = Files.readString(delegation.cgroup()).split(" ", 2);
            Cgroup given = new Cgroup(Path.of(words[1]), Long.parseLong(words[0]));
            return Long.valueOf(given.id()).equals(Files.getAttribute(given.path(), "unix:ino"))
                    ? Optional.of(given)
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failed("read", delegation.cgroup(), e);
        }
    }

    /** Changes the owner of a cgroup's files. Returns whether anything had to be changed. */
    private static boolean changeOwner(Cgroup cgroup, long uid, long gid) {
        boolean changed = false;
        for (String name : FILES) {
            Path file = cgroup.path().resolve(name);
            try {
                Map<String, Object> now = Files.readAttributes(file, "unix:uid,gid", LinkOption.NOFOLLOW_LINKS);
                if (!Integer.valueOf((int) uid).equals(now.get("uid"))
                        || !Integer.valueOf((int) gid).equals(now.get("gid"))) {
                    Files.setAttribute(file, "unix:uid", (int) uid, LinkOption.NOFOLLOW_LINKS);
                    Files.setAttribute(file, "unix:gid", (int) gid, LinkOption.NOFOLLOW_LINKS);
                    changed = true;
                }
            } catch (IOException e) {
                throw failed("change the owner of", file, e);
            }
        }
        return changed;
    }

    private void makeMounts() {
        String id = Long.toString(user.uid());
        List<String> starter = List.of(
                "setpriv",
                "--reuid=" + id,
                "--regid=" + user.gid(),
                "--clear-groups",
                "--",
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "--");
        try {
            Files.createDirectories(
                    delegation.bpffs(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            Files.createFile(delegation.namespace());
        } catch (IOException e) {
            throw failed("create", delegation.folder(), e);
        }
        try (NamespaceProcess process = NamespaceProcess.start(
                        host,
                        starter,
                        List.of(InNamespace.CONTEXT),
                        "check that the user may create user namespaces (user.max_user_namespaces,"
                                + " kernel.unprivileged_userns_clone,"
                                + " kernel.apparmor_restrict_unprivileged_userns) and read the files of ringwall");
                Fd context = process.opened()) {
            mount(context);
            bind(Path.of("/proc/" + process.pid() + "/ns/user"));
        } catch (RuntimeException e) {
            removeMounts();
            throw e;
        }
    }

    private void mount(Fd context) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            options().forEach((name, value) -> {
                long key = frame.text(name).address();
                long result = syscalls.call(
                        Call.FSCONFIG,
                        context.number(),
                        SET_STRING,
                        key,
                        frame.text(value).address(),
                        0,
                        0);
                if (result == -Errno.EINVAL.number()) {
                    throw new HostException(
                            "this kernel cannot delegate BPF: bpffs has no option `" + name + "`",
                            "use kernel 6.9 or newer, or run as root");
                }
                accepted(Call.FSCONFIG, result);
            });
            accepted(Call.FSCONFIG, syscalls.call(Call.FSCONFIG, context.number(), CREATE, 0, 0, 0, 0));
            long mounted = syscalls.require(Call.FSMOUNT, context.number(), FSMOUNT_CLOEXEC, MOUNT_ATTRIBUTES);
            try (Fd mount = Fd.of(syscalls, Math.toIntExact(mounted))) {
                syscalls.require(
                        Call.MOVE_MOUNT,
                        mount.number(),
                        frame.text("").address(),
                        AT_FDCWD,
                        frame.text(delegation.bpffs().toString()).address(),
                        EMPTY_PATH,
                        0);
            }
        }
    }

    /** Returns the options of the bpffs: only what cgroup hooks need, for every kind of map. */
    static Map<String, String> options() {
        long programs = 0;
        long attachments = 0;
        for (Hook hook : Hook.values()) {
            programs |= 1L << hook.programType().number();
            attachments |= 1L << hook.attachType();
        }
        Map<String, String> options = new LinkedHashMap<>();
        options.put("delegate_cmds", "0x" + Long.toHexString(Loader.TOKEN_COMMANDS));
        options.put("delegate_maps", "any");
        options.put("delegate_progs", "0x" + Long.toHexString(programs));
        options.put("delegate_attachs", "0x" + Long.toHexString(attachments));
        options.put("mode", "0700");
        return options;
    }

    private void bind(Path from) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long source = frame.text(from.toString()).address();
            long target = frame.text(delegation.namespace().toString()).address();
            syscalls.require(Call.MOUNT, source, target, 0, MS_BIND, 0, 0);
        }
    }

    private void removeMounts() {
        for (Path path : List.of(delegation.bpffs(), delegation.namespace())) {
            try (NativeArena arena = new NativeArena(syscalls);
                    NativeArena.Frame frame = arena.frame()) {
                // Fails if nothing is mounted there.
                syscalls.call(Call.UMOUNT2, frame.text(path.toString()).address(), MNT_DETACH, 0, 0, 0, 0);
            }
        }
        for (Path path :
                List.of(delegation.bpffs(), delegation.namespace(), delegation.cgroup(), delegation.folder())) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                throw failed("remove", path, e);
            }
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw failed("write", file, e);
        }
    }

    private static void accepted(Call call, long result) {
        if (result < 0) {
            throw new SyscallException(call, new ErrorNumber(Math.toIntExact(-result)));
        }
    }

    private static HostException failed(String what, Path path, IOException e) {
        return new HostException(
                "cannot " + what + " `" + path + "`: " + IoReason.of(e), IoReason.help(e, "run as root"));
    }
}
