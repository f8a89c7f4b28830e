// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.why;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.ringwall.bpf.kernel.DeviceKind;
import org.ringwall.bpf.kernel.DeviceNumber;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.loader.sys.Fd;
import org.ringwall.loader.sys.Host;
import org.ringwall.loader.sys.SyscallException;

/**
 * The files of a process, whose content a container may choose. Links are resolved in its root
 * directory, and no file is opened before its type is known.
 */
public final class ProcessFiles {
    /** {@code PROC_SUPER_MAGIC} of include/uapi/linux/magic.h. */
    private static final long PROC = 0x9fa0;

    private static final int LONGEST = 1 << 16;

    /** The bits of a file's mode that say what it is. */
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

    /** The node of a path; `device` is empty if it is another file. */
    record Node(Optional<DeviceNumber> device) {}

    /** Returns the node of a path; empty if there is none, or it cannot be reached. */
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
     * Returns the value of a sysctl, at most 64 KiB; empty if it cannot be read, or is not a file
     * of proc.
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
                return Optional.of(Bytes.of(host.read(content, LONGEST)));
            }
        } catch (SyscallException | IOException e) {
            return Optional.empty();
        }
    }

    /** Returns a name of an open file that leads to the file itself. */
    private static Path opened(Fd file) {
        return Path.of("/proc/self/fd", Integer.toString(file.number()));
    }

    private static int mode(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:mode") & TYPE;
    }
}
