// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The tasks of a containerd, each with a directory {@code NAMESPACE/ID} as long as its container
 * runs. They outlive the daemon, which removes its socket when it ends: containers run on while
 * containerd or docker restarts.
 */
final class ContainerdTasks {
    /** The namespace that docker uses. */
    static final String DOCKER = "moby";

    private final Path folder;

    /**
     * Creates it.
     *
     * @param state the state directory, such as `/run/containerd`
     */
    ContainerdTasks(Path state) {
        this.folder = state.resolve("io.containerd.runtime.v2.task");
    }

    /** Returns whether a container of docker runs. */
    boolean ofDocker() {
        return hasEntries(folder.resolve(DOCKER));
    }

    /** Returns whether a container of another client runs. */
    boolean ofOthers() {
        try (DirectoryStream<Path> namespaces = Files.newDirectoryStream(folder)) {
            for (Path namespace : namespaces) {
                if (!namespace.endsWith(DOCKER) && hasEntries(namespace)) {
                    return true;
                }
            }
            return false;
        } catch (IOException | DirectoryIteratorException e) {
            return false;
        }
    }

    private static boolean hasEntries(Path folder) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            return entries.iterator().hasNext();
        } catch (IOException | DirectoryIteratorException e) {
            return false;
        }
    }
}
