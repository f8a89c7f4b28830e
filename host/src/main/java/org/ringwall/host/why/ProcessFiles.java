// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.why;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.DeviceNumber;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.SyscallException;

/**
 * A reader of the files that a process sees. A container may control them, so links are resolved
 * within its root directory, and a file is opened only after its type is known.
 */
public final class ProcessFiles {
    /** {@code PROC_SUPER_MAGIC} of include/uapi/linux/magic.h. */
    private static final long PROC = 0x9fa0;

    private static final int MAX_BYTES = 1 << 16;

    /** The bits of a file's mode for its type ({@code S_IFMT}). */
    private static final int TYPE = 0xf000;

    private static final int CHARACTER = 0x2000;
    private static final int BLOCK = 0x6000;
    private static final int REGULAR = 0x8000;

    private final Host host;
    private final Path root;

    /**
     * Creates the files of a process.
     *
     * @param root its root directory, such as `/proc/PID/root`
     */
    public ProcessFiles(Host host, Path root) {
        this.host = host;
        this.root = root;
    }

    /** The file at a path; `device` is empty if it is not a device node. */
    record Node(Optional<DeviceNumber> device) {}

    /** Returns the file at a path; empty if it does not exist or cannot be reached. */
    Optional<Node> node(String path) {
        try (Fd directory = host.openDirectory(root);
                Fd file = host.openPath(directory, path)) {
            Path opened = opened(file);
            int mode = mode(opened);
            if (mode != CHARACTER && mode != BLOCK) {
                return Optional.of(new Node(Optional.empty()));
            }
            long number = ((Number) Files.getAttribute(opened, "unix:rdev")).longValue();
            return Optional.of(new Node(Optional.of(new DeviceNumber(
                    mode == CHARACTER ? DeviceKind.CHAR : DeviceKind.BLOCK,
                    (int) (((number >> 8) & 0xfff) | ((number >> 32) & ~0xfffL)),
                    (int) ((number & 0xff) | ((number >> 12) & ~0xffL))))));
        } catch (SyscallException | IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the value of a sysctl, at most 64 KiB; empty if it cannot be read, or the file is not
     * on procfs.
     *
     * @param name relative to `/proc/sys`
     */
    Optional<Bytes> sysctl(String name) {
        try (Fd directory = host.openDirectory(root);
                Fd file = host.openPath(directory, "proc/sys/" + name)) {
            Path opened = opened(file);
            if (mode(opened) != REGULAR || host.fileSystem(file) != PROC) {
                return Optional.empty();
            }
            try (Fd content = host.openWithoutWaiting(opened)) {
                return Optional.of(Bytes.of(host.read(content, MAX_BYTES)));
            }
        } catch (SyscallException | IOException e) {
            return Optional.empty();
        }
    }

    /** Returns the path below `/proc/self/fd` that refers to an open file. */
    private static Path opened(Fd file) {
        return Path.of("/proc/self/fd", Integer.toString(file.number()));
    }

    private static int mode(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:mode") & TYPE;
    }
}
