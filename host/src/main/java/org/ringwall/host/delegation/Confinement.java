// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.delegation;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Call;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.IoReason;
import org.ringwall.sys.Machine;
import org.ringwall.sys.Mounts;
import org.ringwall.sys.NativeArena;
import org.ringwall.sys.NativeBlock;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;

/**
 * A sandbox for a command that runs with the user id of its loader. Without it, the command could
 * write the loader's cgroups and pins, and trace the loader. Setting it up needs no privilege. It
 * applies to the command and all of its descendants:
 *
 * <ul> <li>Landlock denies writing, removing and renaming files in all cgroups but the command's
 * and in every bpffs, mounting, and tracing processes outside of the sandbox, from Linux 6.12 on
 * also sending them signals. <li>seccomp denies bpf(2), which opens pins without Landlock's checks,
 * and clone3(2), which can start a process in another cgroup (with ENOSYS, so that the C library
 * uses clone(2)). It denies prlimit64(2) with a process id, which changes limits of the loader, and
 * all system calls of other ABIs, such as 32-bit ones.
 * </ul>
 *
 * <p>Landlock does not protect this process. It permits tracing every thread with the same
 * restrictions, and some threads of this process have them: the one that starts the command, and
 * threads that Java creates from it, such as "process reaper". So this process becomes undumpable
 * before the first thread is restricted and stays so, and the command gets no CAP_SYS_PTRACE,
 * without which an undumpable process cannot be traced ({@code __ptrace_may_access}).
 */
public final class Confinement {
    private static final int PR_SET_DUMPABLE = 4;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int PR_CAP_AMBIENT = 47;
    private static final int PR_CAP_AMBIENT_LOWER = 3;
    private static final int CAP_SYS_PTRACE = 19;
    private static final int CAP_SYS_ADMIN = 21;
    private static final int SET_MODE_FILTER = 1;
    private static final int PATH_BENEATH = 1;
    private static final int AT_FDCWD = -100;
    private static final int O_PATH_CLOEXEC = 0x200000 | 0x80000;

    /** LANDLOCK_ACCESS_FS_WRITE_FILE and _TRUNCATE of include/uapi/linux/landlock.h. */
    private static final long WRITE = 1L << 1 | 1L << 14;

    /** {@link #WRITE}, and LANDLOCK_ACCESS_FS_REMOVE_DIR, _REMOVE_FILE and _REFER. */
    private static final long CHANGE = WRITE | 1L << 4 | 1L << 5 | 1L << 13;

    /** LANDLOCK_CREATE_RULESET_VERSION, and the version with scopes, of Linux 6.12. */
    private static final int VERSION = 1;

    private static final int SCOPES_SINCE = 6;
    private static final long SCOPE_SIGNAL = 2;

    private final Syscalls syscalls;

    public Confinement(Syscalls syscalls) {
        this.syscalls = syscalls;
    }

    /**
     * Starts a process in the confinement. From then on no process of this user can trace this
     * process, read its memory or take its descriptors.
     *
     * @param own the only cgroup whose files the process may write
     * @param start starts the process; called in a thread that is restricted already
     */
    public <T> T start(Cgroup own, Callable<T> start) {
        refuseAttaching();
        syscalls.require(Call.PRCTL, PR_SET_DUMPABLE, 0, 0);
        return inThread(() -> {
            restrict(own);
            return start.call();
        });
    }

    /**
     * Starts a process to which the kernel refuses the calls that put input into a terminal or
     * paste into a console, for itself and all of its descendants. Without CAP_SYS_ADMIN they also
     * get no privileges from set-user-ID programs.
     *
     * @param start starts the process; called in a thread that is restricted already
     */
    public static <T> T withoutTyping(Syscalls syscalls, Callable<T> start) {
        return inThread(() -> {
            try (Host host = new Host(syscalls)) {
                if (!host.capable(CAP_SYS_ADMIN)) {
                    syscalls.require(Call.PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0);
                }
            }
            filter(syscalls, SeccompFilter.withoutTyping(Machine.current()));
            return start.call();
        });
    }

    private static <T> T inThread(Callable<T> start) {
        FutureTask<T> task = new FutureTask<>(start);
        try {
            new Thread(task, "confined").start();
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostException("interrupted while the command was started", "run it again");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new HostException("cannot start `/bin/sh`: " + e.getCause(), "install a POSIX shell");
        }
    }

    private static void filter(Syscalls syscalls, byte[] filter) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            NativeBlock program = frame.zeros(16).putInt(0, filter.length / SeccompFilter.SIZE);
            program.putLong(8, frame.bytes(filter).address());
            syscalls.require(Call.SECCOMP, SET_MODE_FILTER, 0, program.address());
        } catch (SyscallException e) {
            throw new HostException(
                    "this kernel cannot confine the command: " + e.getMessage(),
                    "use a kernel with CONFIG_SECCOMP_FILTER");
        }
    }

    /** Refuses to continue if this JVM accepts agents that a process of the same user attaches. */
    private static void refuseAttaching() {
        try {
            if (Files.readString(Path.of("/proc/self/cmdline")).contains("-XX:+DisableAttachMechanism")) {
                return;
            }
        } catch (IOException e) {
            throw new HostException("cannot read `/proc/self/cmdline`: " + IoReason.of(e), "mount /proc");
        }
        throw new HostException(
                "the command could load code into this loader, whose Java accepts agents",
                "start it by bin/ringwall, or add -XX:+DisableAttachMechanism to the options of java");
    }

    private void restrict(Cgroup own) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            syscalls.require(Call.PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0);
            syscalls.require(Call.PRCTL, PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_SYS_PTRACE, 0, 0, 0);
            long version = syscalls.call(Call.LANDLOCK_CREATE_RULESET, 0, 0, VERSION, 0, 0, 0);
            boolean scopes = version >= SCOPES_SINCE;
            NativeBlock attr = frame.zeros(24).putLong(0, CHANGE).putLong(16, scopes ? SCOPE_SIGNAL : 0);
            long rules = syscalls.require(Call.LANDLOCK_CREATE_RULESET, attr.address(), scopes ? 24 : 8, 0);
            try (Fd set = Fd.of(syscalls, Math.toIntExact(rules))) {
                allowed(Path.of("/"), hidden()).forEach(path -> allow(set, path));
                allow(set, own.path());
                syscalls.require(Call.LANDLOCK_RESTRICT_SELF, set.number(), 0, 0);
            }
        } catch (SyscallException e) {
            throw new HostException(
                    "this kernel cannot confine the command: " + e.getMessage(),
                    "use a kernel with Landlock among its security modules (lsm=landlock,…), or omit --strict");
        }
        filter(syscalls, SeccompFilter.of(Machine.current()));
    }

    private void allow(Fd rules, Path path) {
        try (NativeArena arena = new NativeArena(syscalls);
                NativeArena.Frame frame = arena.frame()) {
            long opened = syscalls.call(
                    Call.OPENAT, AT_FDCWD, frame.text(path.toString()).address(), O_PATH_CLOEXEC, 0, 0, 0);
            if (opened < 0) {
                // It has been removed, or this user cannot reach it.
                return;
            }
            try (Fd file = Fd.of(syscalls, Math.toIntExact(opened))) {
                NativeBlock rule = frame.zeros(16)
                        .putLong(0, Files.isDirectory(path) ? CHANGE : WRITE)
                        .putInt(8, file.number());
                syscalls.require(Call.LANDLOCK_ADD_RULE, rules.number(), PATH_BENEATH, rule.address(), 0, 0, 0);
            }
        }
    }

    /**
     * Returns the mount points below which the command may change nothing. nsfs is among them
     * because Landlock has no rules for its files.
     */
    private List<Path> hidden() {
        Mounts mounts = Mounts.ofThisProcess();
        return Stream.of("cgroup2", "bpf", "nsfs")
                .flatMap(type -> mounts.ofType(type).stream())
                .map(Mounts.Mount::point)
                .toList();
    }

    /**
     * Returns files and directories that together cover everything below the root except these
     * mounts. Landlock rules can only allow, so a directory above a mount is replaced by its
     * entries.
     */
    static List<Path> allowed(Path root, List<Path> hidden) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path entry : entries) {
                if (Files.isSymbolicLink(entry) || hidden.contains(entry)) {
                    continue;
                }
                boolean above = hidden.stream().anyMatch(mount -> mount.startsWith(entry));
                if (above && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    found.addAll(allowed(entry, hidden));
                } else {
                    found.add(entry);
                }
            }
        } catch (IOException e) {
            // Without a rule, the command cannot change what is below this unreadable directory.
            return found;
        }
        return found;
    }
}
