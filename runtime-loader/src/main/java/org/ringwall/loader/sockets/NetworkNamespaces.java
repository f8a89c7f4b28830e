// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.sockets;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Host;
import org.ringwall.sys.SyscallException;

/** The network namespaces of this host, each of which is entered once. */
final class NetworkNamespaces {
    private final Host host;
    private final Path proc;
    private final Path named;

    NetworkNamespaces(Host host) {
        this.host = host;
        this.proc = Path.of("/proc");
        // Where ip-netns(8) keeps namespaces.
        this.named = Path.of("/run/netns");
    }

    /**
     * Does something in the namespace of this thread, and in those of all threads of this host and
     * those with a name.
     */
    <T> List<T> all(Supplier<T> action) {
        Map<String, Path> found = new LinkedHashMap<>();
        list(proc).forEach((name, process) -> {
            if (name.matches("[0-9]+")) {
                add(process, found);
            }
        });
        list(named).values().forEach(file -> inode(file).ifPresent(id -> found.putIfAbsent(id, file)));
        return inEach(found, action);
    }

    private <T> List<T> inEach(Map<String, Path> namespaces, Supplier<T> action) {
        List<T> results = new ArrayList<>(List.of(action.get()));
        Optional<String> own = inode(proc.resolve("thread-self/ns/net"));
        namespaces.forEach((id, file) -> {
            if (!own.equals(Optional.of(id))) {
                in(file, action).ifPresent(results::add);
            }
        });
        return results;
    }

    private <T> Optional<T> in(Path namespace, Supplier<T> action) {
        Fd open;
        try {
            open = host.openFile(namespace);
        } catch (SyscallException e) {
            if (e.errno().is(Errno.ENOENT) || e.errno().is(Errno.ESRCH)) {
                // The thread has ended. Others in the namespace were found by their own files.
                return Optional.empty();
            }
            throw e;
        }
        try (open) {
            return Optional.of(host.inNetwork(open, action));
        }
    }

    /** Adds the namespaces of a process's threads. */
    private static void add(Path process, Map<String, Path> found) {
        list(process.resolve("task")).values().forEach(task -> {
            Path file = task.resolve("ns/net");
            inode(file).ifPresent(id -> found.putIfAbsent(id, file));
        });
    }

    private static Map<String, Path> list(Path folder) {
        Map<String, Path> found = new HashMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            entries.forEach(entry -> found.put(String.valueOf(entry.getFileName()), entry));
        } catch (IOException | DirectoryIteratorException e) {
            // The process has ended, or nothing has a name.
            return found;
        }
        return found;
    }

    /** Returns the inode number of a namespace; empty if the thread has ended. */
    private static Optional<String> inode(Path namespace) {
        try {
            return Optional.of(Files.getAttribute(namespace, "unix:ino").toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
