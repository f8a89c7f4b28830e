// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.sync;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A watcher of directories, by inotify(7). In directories of cgroups it reports only the creation
 * and removal of cgroups, because the kernel modifies {@code cgroup.events} and other files there
 * whenever a process starts.
 */
final class Watcher implements AutoCloseable {
    private final WatchService service;
    private final Map<Path, WatchKey> keys = new HashMap<>();

    Watcher() throws IOException {
        service = Path.of("/").getFileSystem().newWatchService();
    }

    /**
     * Watches exactly these directories. One that does not exist is left out, and also one of
     * cgroups if the kernel has no watches left, since workloads can create any number of cgroups;
     * a change there is noticed at the next comparison.
     *
     * @param files directories of files, whose content counts
     * @param cgroups directories of cgroups
     * @return whether a directory was added; a change in it before may have been missed
     */
    boolean watch(Set<Path> files, Set<Path> cgroups) throws IOException {
        Set<Path> wanted = new HashSet<>(files);
        wanted.addAll(cgroups);
        keys.entrySet().removeIf(entry -> {
            boolean over = !wanted.contains(entry.getKey()) || !entry.getValue().isValid();
            if (over) {
                entry.getValue().cancel();
            }
            return over;
        });
        boolean more = false;
        for (Path folder : wanted) {
            if (!keys.containsKey(folder)) {
                WatchEvent.Kind<?>[] kinds = files.contains(folder)
                        ? new WatchEvent.Kind<?>[] {ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY}
                        : new WatchEvent.Kind<?>[] {ENTRY_CREATE, ENTRY_DELETE};
                Optional<WatchKey> key = register(folder, files.contains(folder), kinds);
                key.ifPresent(found -> keys.put(folder, found));
                more |= key.isPresent();
            }
        }
        return more;
    }

    private Optional<WatchKey> register(Path folder, boolean required, WatchEvent.Kind<?>... kinds) throws IOException {
        try {
            return Optional.of(folder.register(service, kinds));
        } catch (java.nio.file.NoSuchFileException | java.nio.file.NotDirectoryException e) {
            return Optional.empty();
        } catch (IOException e) {
            if (required) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** Waits for a change, at most this long. */
    void await(long milliseconds) throws InterruptedException {
        WatchKey key = service.poll(milliseconds, TimeUnit.MILLISECONDS);
        while (key != null) {
            key.pollEvents();
            key.reset();
            key = service.poll();
        }
    }

    @Override
    public void close() throws IOException {
        service.close();
    }
}
