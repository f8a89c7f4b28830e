// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.model.Lookup;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.SyscallException;

/**
 * {@link Handles} by open_by_handle_at(2): one lookup in the kernel's table of ids, whatever the
 * size of the hierarchy and concurrent changes.
 *
 * <p>ESTALE means that the cgroup was removed only if the kernel had no other reason for it:
 * {@code handle_to_path} in fs/fhandle.c also returns ESTALE for an existing cgroup that the caller
 * may not see. A caller with CAP_DAC_READ_SEARCH in the initial user namespace may see all.
 */
final class FileHandles implements Handles {
    /** {@code CGROUP2_SUPER_MAGIC} of include/uapi/linux/magic.h. */
    private static final long CGROUP2 = 0x63677270L;

    private static final int CAP_DAC_READ_SEARCH = 2;

    /** The inode number is fixed: {@code PROC_USER_INIT_INO} of include/linux/proc_ns.h. */
    private static final String INITIAL_USER_NAMESPACE = "user:[" + 0xEFFFFFFDL + "]";

    private final Host host;
    private final Supplier<Path> mount;
    private final Path proc;
    private Optional<Path> point = Optional.empty();

    /**
     * Creates handles of the hierarchy that is mounted at a directory.
     *
     * @param proc the mount point of proc, usually `/proc`
     */
    FileHandles(Host host, Supplier<Path> mount, Path proc) {
        this.host = host;
        this.mount = mount;
        this.proc = proc;
    }

    @Override
    public Lookup<Fd> open(long id) {
        Path point = point();
        try (Fd directory = host.openDirectory(point)) {
            // Another file system may have been mounted there since; it would return ESTALE, too.
            if (host.fileSystem(directory) != CGROUP2) {
                return new Lookup.Unknown<>("`" + point + "` is no longer a cgroup2 mount");
            }
            return open(directory, id);
        } catch (SyscallException e) {
            return new Lookup.Unknown<>(e.getMessage() + " at `" + point + "`");
        }
    }

    private synchronized Path point() {
        point = point.or(() -> Optional.of(mount.get()));
        return point.get();
    }

    private Lookup<Fd> open(Fd directory, long id) {
        try {
            return new Lookup.Present<>(host.openById(directory, id));
        } catch (SyscallException e) {
            if (e.errno().is(Errno.ESTALE)) {
                Optional<String> blind = blind();
                return blind.isEmpty() ? new Lookup.Gone<>() : new Lookup.Unknown<>(blind.get());
            }
            return new Lookup.Unknown<>(
                    e.errno().is(Errno.EPERM) && !host.capable(CAP_DAC_READ_SEARCH)
                            ? "this process lacks CAP_DAC_READ_SEARCH"
                            : String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Optional<Fd> open(Path path, long id) {
        try {
            Fd fd = host.openDirectory(path);
            if (Long.valueOf(id).equals(Files.getAttribute(proc.resolve("self/fd/" + fd.number()), "unix:ino"))) {
                return Optional.of(fd);
            }
            fd.close();
            return Optional.empty();
        } catch (IOException | SyscallException e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean tryLock(Fd directory) {
        return host.tryLock(directory);
    }

    /** Returns why this process may not see every cgroup; empty if it may. */
    private Optional<String> blind() {
        String namespace;
        try {
            namespace = Files.readSymbolicLink(proc.resolve("self/ns/user")).toString();
        } catch (IOException e) {
            return Optional.of("cannot read `" + proc.resolve("self/ns/user") + "`");
        }
        if (!namespace.equals(INITIAL_USER_NAMESPACE)) {
            return Optional.of("this process is not in the initial user namespace");
        }
        return host.capable(CAP_DAC_READ_SEARCH)
                ? Optional.empty()
                : Optional.of("this process lacks CAP_DAC_READ_SEARCH");
    }
}
