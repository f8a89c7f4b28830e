// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.text.Printable;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.IoReason;

/**
 * The file with the state of exports. It is replaced atomically, and only by the process that holds
 * the lock on the file of the same name with `.lock` appended.
 */
public final class StateFile implements AutoCloseable {
    static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path path;
    private final FileChannel lock;
    private ExportState state;

    private StateFile(Path path, FileChannel lock, ExportState state) {
        this.path = path;
        this.lock = lock;
        this.state = state;
    }

    /**
     * Locks and reads a file, which may not exist yet.
     *
     * @throws HostException if another process has locked it, or it cannot be read
     * @throws org.ringwall.loader.model.InputException if it is not the state of an export
     */
    public static StateFile open(Path file) {
        Path path = file.toAbsolutePath();
        try {
            FileChannel lock = lock(path);
            try {
                return new StateFile(path, lock, read(path));
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw failed(path, "read", e);
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        Set<OpenOption> options =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileChannel channel = FileChannel.open(path.resolveSibling(path.getFileName() + ".lock"), options, PRIVATE);
        boolean locked = false;
        try {
            locked = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // This process has locked it by another channel.
            locked = false;
        } finally {
            if (!locked) {
                channel.close();
            }
        }
        if (!locked) {
            throw new HostException(
                    "another export uses `" + Printable.line(path.toString()) + "`",
                    "end it first, or name another file with --since");
        }
        return channel;
    }

    private static ExportState read(Path path) throws IOException {
        try {
            byte[] bytes = Files.readAllBytes(path);
            return StateText.parse(new String(bytes, StandardCharsets.UTF_8), Printable.line(path.toString()));
        } catch (NoSuchFileException e) {
            return ExportState.NONE;
        }
    }

    static HostException failed(Path path, String what, IOException e) {
        return new HostException(
                "`" + Printable.line(path.toString()) + "` could not be " + what + ": "
                        + Printable.line(IoReason.of(e)),
                "make room or choose another file; the next export has what this one did not write");
    }

    ExportState state() {
        return state;
    }

    /**
     * Replaces the state atomically and durably: after a kill or a crash the file has the old or
     * the new state.
     */
    void replace(ExportState next) {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        try {
            Files.deleteIfExists(fresh);
            Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            try (FileChannel file = FileChannel.open(fresh, options, PRIVATE)) {
                ByteBuffer bytes = StandardCharsets.UTF_8.encode(StateText.of(next));
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                file.force(true);
            }
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
            Optional<Path> folder = Optional.ofNullable(path.getParent());
            if (folder.isPresent()) {
                try (FileChannel names = FileChannel.open(folder.get(), StandardOpenOption.READ)) {
                    names.force(true);
                }
            }
        } catch (IOException e) {
            throw failed(path, "written", e);
        }
        state = next;
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw failed(path, "closed", e);
        }
    }
}
