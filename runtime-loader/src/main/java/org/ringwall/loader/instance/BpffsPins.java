// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.IoReason;
import org.ringwall.sys.SyscallException;

/** A {@link PinStore} on a mounted bpffs. */
public final class BpffsPins implements PinStore {
    /** The usual mount point of bpffs. */
    public static final Path MOUNT = Path.of("/sys/fs/bpf");

    private static final int CREATE_ATTEMPTS = 5;
    private static final int WRITABLE_BY_OTHERS = 0022;
    private static final int STICKY = 01000;
    private static final Integer ROOT = 0;

    private final Path base;
    private final Path root;
    private final Host host;

    /** Creates a store below {@code base}, a folder of a bpffs that need not exist yet. */
    public BpffsPins(Path base, Host host) {
        this.base = base;
        this.root = base.resolve("v" + PolicyObject.ABI);
        this.host = host;
    }

    @Override
    public Path root() {
        return root;
    }

    @Override
    public void createFolder(Path folder) {
        for (int attempt = 1; !created(folder); attempt++) {
            if (attempt == CREATE_ATTEMPTS) {
                throw new HostException(
                        "`" + folder + "` disappears as soon as it is created", "find out which process removes it");
            }
        }
    }

    /**
     * Returns false if a parent folder disappeared meanwhile, as after the removal of the last
     * instance.
     */
    private boolean created(Path folder) {
        checkOwner();
        if (Files.isDirectory(folder)) {
            return true;
        }
        if (!folder.equals(base)) {
            Optional.ofNullable(folder.getParent()).ifPresent(this::createFolder);
        }
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return true;
        } catch (FileAlreadyExistsException e) {
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw failed("make", folder, e);
        }
    }

    private static void checkMount(Path mount) {
        try {
            if (!Files.getFileStore(mount).type().equals("bpf")) {
                throw new HostException("`" + mount + "` is not a bpffs", "mount -t bpf -o mode=0700 bpf " + mount);
            }
        } catch (NoSuchFileException e) {
            throw new HostException(
                    "there is no directory `" + mount + "` for a bpffs",
                    "run this on the host and not in a container; the directory appears when sysfs is mounted at /sys,"
                            + " if the kernel has CONFIG_BPF_SYSCALL");
        } catch (IOException e) {
            throw failed("look at", mount, e);
        }
    }

    /**
     * Refuses a parent folder that others can write without the sticky bit: they could replace our
     * folder.
     */
    private static void checkSticky(Path mount) throws IOException {
        boolean exchangeable = !(Files.getAttribute(mount, "unix:mode") instanceof Integer mode)
                || (mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0;
        if (exchangeable) {
            throw new HostException("any user can replace what is in `" + mount + "`", "chmod 0700 " + mount);
        }
    }

    /**
     * Refuses a base folder that another user owns or can write: the root of a bpffs can be
     * writable by all, like `/tmp`. Without a base folder, what contains it must be a bpffs.
     */
    private void checkOwner() {
        Path mount = base.toAbsolutePath().resolve("..").normalize();
        try {
            Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            Optional<Map<String, Object>> attributes = attributes(self);
            if (attributes.isEmpty()) {
                checkMount(mount);
                return;
            }
            checkSticky(mount);
            Map<String, Object> found = attributes.get();
            boolean writable = !(found.get("mode") instanceof Integer mode) || (mode & WRITABLE_BY_OTHERS) != 0;
            if (ROOT.equals(found.get("uid")) && !ROOT.equals(self)) {
                throw ofRoot();
            }
            if (!self.equals(found.get("uid"))) {
                throw new HostException(
                        "`" + base + "` was created by the user with uid " + found.get("uid")
                                + ", who could replace its content",
                        "rm -r " + base + ", and deny access to other users: chmod 0700 " + base.getParent());
            }
            if (writable || !Boolean.TRUE.equals(found.get("isDirectory"))) {
                throw new HostException(
                        "`" + base + "` is not a folder that only you can write",
                        "chmod go-w " + base + ", after you have checked who changed its content");
            }
        } catch (IOException e) {
            throw failed("look at", base, e);
        }
    }

    /** Returns the attributes of the base folder; empty if it does not exist. */
    private Optional<Map<String, Object>> attributes(Object self) throws IOException {
        try {
            return Optional.of(Files.readAttributes(base, "unix:uid,mode,isDirectory", LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (AccessDeniedException e) {
            if (ROOT.equals(self)) {
                throw e;
            }
            // Only root can enter the mount, which may have policies or none.
            throw ofRoot();
        }
    }

    private static HostException ofRoot() {
        return new HostException("the policies on this host belong to root", "run as root");
    }

    @Override
    public void checkWritable(Path folder) {
        try {
            // Calls access(2), whose errno gives the reason.
            folder.getFileSystem().provider().checkAccess(folder, AccessMode.WRITE);
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw failed("change", folder, e);
        }
    }

    @Override
    public List<String> list(Path folder) {
        checkOwner();
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(path -> String.valueOf(path.getFileName()))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw failed("list", folder, e);
        }
    }

    @Override
    public Set<String> existing(Path folder, Collection<String> names) {
        checkOwner();
        Set<String> found = new LinkedHashSet<>();
        for (String name : names) {
            if (Files.exists(folder.resolve(name))) {
                found.add(name);
            }
        }
        return found;
    }

    @Override
    public boolean any(Path folder, Predicate<String> test) {
        checkOwner();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (test.test(String.valueOf(entry.getFileName()))) {
                    return true;
                }
            }
            return false;
        } catch (NoSuchFileException e) {
            return false;
        } catch (DirectoryIteratorException e) {
            throw failed("list", folder, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw failed("list", folder, e);
        }
    }

    @Override
    public boolean exists(Path pin) {
        checkOwner();
        return Files.exists(pin, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public void unlink(Path pin) {
        try {
            host.unlink(pin);
        } catch (SyscallException e) {
            if (!e.errno().is(Errno.ENOENT)) {
                // Fails with the reason in words.
                remove(pin);
            }
        }
    }

    @Override
    public void rename(Path from, Path to) {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failed("rename", from, e);
        }
    }

    @Override
    public void removeFolder(Path folder) {
        remove(folder);
        if (root.equals(folder.getParent()) && removedIfEmpty(root)) {
            removedIfEmpty(base);
        }
    }

    /** Removes a folder if it is empty. Parent folders are removed with the last instance. */
    private static boolean removedIfEmpty(Path folder) {
        try {
            Files.deleteIfExists(folder);
            return true;
        } catch (DirectoryNotEmptyException e) {
            return false;
        } catch (IOException e) {
            throw failed("remove", folder, e);
        }
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw failed("remove", path, e);
        }
    }

    @Override
    public Optional<Lock> tryLock(Path folder) {
        return tryLock(folder, host::tryLock);
    }

    @Override
    public Optional<Lock> tryShare(Path folder) {
        return tryLock(folder, host::tryShare);
    }

    private Optional<Lock> tryLock(Path folder, Predicate<Fd> lock) {
        Fd fd;
        try {
            fd = host.openDirectory(folder);
        } catch (SyscallException e) {
            if (e.errno().is(Errno.ENOENT)) {
                return Optional.empty();
            }
            throw e;
        }
        boolean locked = false;
        try {
            locked = lock.test(fd) && isStill(fd, folder);
        } finally {
            if (!locked) {
                fd.close();
            }
        }
        return locked ? Optional.of(fd::close) : Optional.empty();
    }

    /**
     * Checks that the lock is on the folder of that name: the previous holder may have removed the
     * folder, and another process may have created a new one.
     */
    private static boolean isStill(Fd fd, Path folder) {
        try {
            Object locked = Files.getAttribute(Path.of("/proc/self/fd/" + fd.number()), "unix:ino");
            return locked.equals(Files.getAttribute(folder, "unix:ino"));
        } catch (IOException e) {
            return false;
        }
    }

    private static HostException failed(String what, Path path, IOException e) {
        return new HostException(
                "cannot " + what + " `" + path + "`: " + IoReason.of(e),
                IoReason.help(e, "run as root, with a writable bpffs: mount -t bpf -o mode=0700 bpf " + MOUNT));
    }
}
