// SPDX-License-Identifier: Apache-2.0
package org.ringwall.sys;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.ringwall.bpf.kernel.Errno;

/** System calls of the loader, other than BPF, for which the Java library has no method. */
public final class Host implements AutoCloseable {
    private static final int AT_FDCWD = -100;
    private static final int O_CLOEXEC = 0x80000;
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_PATH = 0x200000;

    /** The size of {@code struct open_how}: flags, mode and resolve. */
    private static final int OPEN_HOW = 3 * Long.BYTES;

    /** Flags of include/uapi/linux/openat2.h. */
    private static final int RESOLVE_NO_MAGICLINKS = 2;

    private static final int RESOLVE_IN_ROOT = 0x10;
    private static final int LOCK_SH_NB = 1 | 4;
    private static final int LOCK_EX_NB = 2 | 4;
    private static final int RLIMIT_MEMLOCK = 8;
    private static final int AT_REMOVEDIR = 0x200;
    private static final int SIGKILL = 9;
    private static final int CLOCK_BOOTTIME = 7;

    /** Of include/uapi/asm-generic/fcntl.h and include/uapi/linux/fcntl.h. */
    private static final int F_RDLCK = 0;

    private static final int F_SETSIG = 10;
    private static final int F_SETLEASE = 1024;
    private static final int SIGURG = 23;

    /** NFS, SMB 1 and SMB 2 (include/uapi/linux/magic.h). */
    private static final Set<Integer> NETWORK_FILE_SYSTEMS = Set.of(0x6969, 0xff534d42, 0xfe534d42);

    /**
     * {@code FILEID_KERNFS} of include/linux/exportfs.h: the handle is the 64-bit id of the node.
     */
    private static final int FILEID_KERNFS = 0xfe;

    /** {@code _LINUX_CAPABILITY_VERSION_3} of include/uapi/linux/capability.h: 64 capabilities. */
    private static final int CAPABILITY_VERSION = 0x20080522;

    private final Syscalls syscalls;
    private final Machine machine;
    private NativeArena arena;

    public Host(Syscalls syscalls) {
        this.syscalls = syscalls;
        this.arena = new NativeArena(syscalls);
        this.machine = Machine.current();
    }

    /** Opens a directory, to attach to it or to lock it. */
    public synchronized Fd openDirectory(Path path) {
        try (NativeArena.Frame frame = arena.frame()) {
            long name = frame.text(path.toString()).address();
            long fd = syscalls.require(Call.OPENAT, AT_FDCWD, name, O_CLOEXEC | machine.directoryFlag());
            return Fd.of(syscalls, Math.toIntExact(fd));
        }
    }

    /** Opens a file for reading. */
    public synchronized Fd openFile(Path path) {
        try (NativeArena.Frame frame = arena.frame()) {
            long name = frame.text(path.toString()).address();
            return Fd.of(syscalls, Math.toIntExact(syscalls.require(Call.OPENAT, AT_FDCWD, name, O_CLOEXEC)));
        }
    }

    /**
     * Opens a path for fstat(2) alone, without an effect on the file: by openat2(2) with O_PATH,
     * from Linux 5.6 on. The directory is the root of the path and of all links in it; links of
     * proc that lead elsewhere are refused.
     */
    public synchronized Fd openPath(Fd root, String path) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock how = frame.zeros(OPEN_HOW).putLong(0, O_PATH | O_CLOEXEC);
            how.putLong(2 * Long.BYTES, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
            long name = frame.text(path).address();
            long fd = syscalls.require(Call.OPENAT2, root.number(), name, how.address(), OPEN_HOW, 0, 0);
            return Fd.of(syscalls, Math.toIntExact(fd));
        }
    }

    /** Opens a file for reading, of which {@link #read} does not wait for content. */
    public synchronized Fd openWithoutWaiting(Path path) {
        try (NativeArena.Frame frame = arena.frame()) {
            long name = frame.text(path.toString()).address();
            long fd = syscalls.require(Call.OPENAT, AT_FDCWD, name, O_CLOEXEC | O_NONBLOCK);
            return Fd.of(syscalls, Math.toIntExact(fd));
        }
    }

    /** Returns what one read(2) gets, at most this many bytes. */
    public synchronized byte[] read(Fd file, int most) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock content = frame.zeros(most);
            long size = syscalls.require(Call.READ, file.number(), content.address(), most);
            return content.bytes(0, Math.toIntExact(size));
        }
    }

    /** Opens a socket for sock_diag(7) in the network namespace of this thread. */
    public NetlinkSocket openDiagnostics() {
        return NetlinkSocket.diagnostics(syscalls);
    }

    /**
     * Does something in another network namespace. setns(2) changes the calling thread alone, and a
     * thread that it starts would inherit the namespace; so the thread that calls it does nothing
     * else and ends.
     *
     * @param namespace a file as `/proc/PID/ns/net`
     */
    public <T> T inNetwork(Fd namespace, Supplier<T> action) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try (Fd own = openFile(Path.of("/proc/thread-self/ns/net"))) {
            new Thread(() -> inThisThread(namespace, own, action, result)).start();
            // Cannot be interrupted, so that what the action opens is not left open.
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw e;
        }
    }

    private <T> void inThisThread(Fd namespace, Fd own, Supplier<T> action, CompletableFuture<T> result) {
        T value;
        try {
            syscalls.require(Call.SETNS, namespace.number(), CLONE_NEWNET, 0);
            try {
                value = action.get();
            } finally {
                // The thread exists for a moment after its result is there.
                syscalls.call(Call.SETNS, own.number(), CLONE_NEWNET, 0, 0, 0, 0);
            }
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
            return;
        }
        result.complete(value);
    }

    /** Opens a TCP socket that listens on 127.0.0.1. */
    public LoopbackListener openLoopbackListener() {
        return LoopbackListener.open(syscalls);
    }

    /** Opens a UDP socket of IPv4. */
    public Fd openDatagramSocket() {
        return Fd.of(syscalls, Math.toIntExact(syscalls.require(Call.SOCKET, AF_INET, SOCK_DGRAM_CLOEXEC, 0)));
    }

    /**
     * Opens the directory with this id in a kernfs file system, such as cgroup2, by
     * open_by_handle_at(2) with the file handle of {@code kernfs_fh_to_dentry}.
     *
     * @param mount a directory of that file system
     */
    public synchronized Fd openById(Fd mount, long id) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock handle = frame.zeros(16).putInt(0, Long.BYTES).putInt(4, FILEID_KERNFS);
            handle.putLong(8, id);
            int flags = O_CLOEXEC | machine.directoryFlag();
            long fd = syscalls.require(Call.OPEN_BY_HANDLE_AT, mount.number(), handle.address(), flags);
            return Fd.of(syscalls, Math.toIntExact(fd));
        }
    }

    /** Returns the type of the file system that contains an open file: `f_type` of statfs(2). */
    public synchronized long fileSystem(Fd file) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock status = frame.zeros(128);
            syscalls.require(Call.FSTATFS, file.number(), status.address(), 0);
            return status.longAt(0);
        }
    }

    /** Returns whether this thread has a capability, 0..31, in its user namespace. */
    public synchronized boolean capable(int capability) {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock header = frame.zeros(8).putInt(0, CAPABILITY_VERSION);
            NativeBlock sets = frame.zeros(24);
            syscalls.require(Call.CAPGET, header.address(), sets.address(), 0);
            return (sets.intAt(0) >>> capability & 1) != 0;
        }
    }

    /** Takes the exclusive lock on an open directory. Returns false if another process holds it. */
    public boolean tryLock(Fd directory) {
        return tryLock(directory, LOCK_EX_NB);
    }

    /**
     * Takes a shared lock on an open directory. Returns false if another process holds the
     * exclusive one.
     */
    public boolean tryShare(Fd directory) {
        return tryLock(directory, LOCK_SH_NB);
    }

    private boolean tryLock(Fd directory, int kind) {
        long result = syscalls.call(Call.FLOCK, directory.number(), kind, 0, 0, 0, 0);
        if (result == -Errno.EAGAIN.number()) {
            return false;
        }
        if (result < 0) {
            throw new SyscallException(Call.FLOCK, new ErrorNumber((int) -result));
        }
        return true;
    }

    /**
     * Takes a read lease of a file (fcntl(2), F_SETLEASE), which lasts until it is closed: a
     * process that opens the file for writing waits. Returns false if a process has it open for
     * writing ({@code check_conflicting_open} in fs/locks.c). Where no lease can be had, for the
     * file of another user without CAP_LEASE or on a network file system, that is not known, and
     * the result is true.
     */
    public boolean leaseUnlessWritten(Fd file) {
        // The signal to the holder of a lease that is broken is SIGIO, which would end this
        // process. SIGURG is ignored.
        syscalls.call(Call.FCNTL, file.number(), F_SETSIG, SIGURG, 0, 0, 0);
        long result = syscalls.call(Call.FCNTL, file.number(), F_SETLEASE, F_RDLCK, 0, 0, 0);
        // Network file systems return the same where the server has not delegated the file.
        return result != -Errno.EAGAIN.number() || NETWORK_FILE_SYSTEMS.contains((int) fileSystem(file));
    }

    /** Returns CLOCK_BOOTTIME in ns, in the time namespace of this process. */
    public synchronized long bootTime() {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock time = frame.zeros(16);
            syscalls.require(Call.CLOCK_GETTIME, CLOCK_BOOTTIME, time.address(), 0);
            return time.longAt(0) * 1_000_000_000L + time.longAt(8);
        }
    }

    /** Removes an empty directory. On cgroup2 this removes the cgroup. */
    public synchronized void removeDirectory(Path path) {
        try (NativeArena.Frame frame = arena.frame()) {
            syscalls.require(
                    Call.UNLINKAT, AT_FDCWD, frame.text(path.toString()).address(), AT_REMOVEDIR);
        }
    }

    /**
     * Removes the name of a file. {@code Files.delete} makes one more system call for each, to
     * learn that it is not a directory.
     */
    public synchronized void unlink(Path path) {
        try (NativeArena.Frame frame = arena.frame()) {
            syscalls.require(
                    Call.UNLINKAT, AT_FDCWD, frame.text(path.toString()).address(), 0);
        }
    }

    /** Copies a descriptor of another process, which this one may trace (pidfd_getfd(2)). */
    public Fd descriptorOf(Fd process, int number) {
        return Fd.of(syscalls, Math.toIntExact(syscalls.require(Call.PIDFD_GETFD, process.number(), number, 0)));
    }

    /**
     * Opens a descriptor that refers to this process even if its number is reused; empty if there
     * is no such process.
     */
    public Optional<Fd> openProcess(long pid) {
        long result = syscalls.call(Call.PIDFD_OPEN, pid, 0, 0, 0, 0, 0);
        if (result == -Errno.ESRCH.number()) {
            return Optional.empty();
        }
        if (result < 0) {
            throw new SyscallException(Call.PIDFD_OPEN, new ErrorNumber((int) -result));
        }
        return Optional.of(Fd.of(syscalls, Math.toIntExact(result)));
    }

    /** Sends a signal to a process; does nothing if it has ended. */
    public void signal(Fd process, int signal) {
        long result = syscalls.call(Call.PIDFD_SEND_SIGNAL, process.number(), signal, 0, 0, 0, 0);
        if (result < 0 && result != -Errno.ESRCH.number()) {
            throw new SyscallException(Call.PIDFD_SEND_SIGNAL, new ErrorNumber((int) -result));
        }
    }

    /**
     * Kills a process; does nothing if it has ended. Its number may have been reused, so it is
     * opened first and then checked: {@code meant} examines the opened process or a later one, and
     * only the opened one receives the signal.
     */
    public void kill(long pid, BooleanSupplier meant) {
        if (pid <= 1) {
            throw new IllegalArgumentException("process " + pid + " is not ours to end");
        }
        openProcess(pid).ifPresent(process -> {
            try (process) {
                if (meant.getAsBoolean()) {
                    signal(process, SIGKILL);
                }
            }
        });
    }

    /**
     * Lifts the limit on locked memory, against which kernels before 5.11 count maps and programs
     * ({@code bpf_charge_memlock}). Later kernels use the memory cgroup. Without the right to lift
     * the limit, it stays.
     */
    public synchronized void liftLockedMemoryLimit() {
        try (NativeArena.Frame frame = arena.frame()) {
            NativeBlock limit = frame.zeros(16).putLong(0, -1).putLong(8, -1);
            syscalls.call(Call.PRLIMIT64, 0, RLIMIT_MEMLOCK, limit.address(), 0, 0, 0);
        }
    }

    /** Releases the memory for arguments. Later calls allocate it again. */
    @Override
    public synchronized void close() {
        arena.close();
        arena = new NativeArena(syscalls);
    }
}
